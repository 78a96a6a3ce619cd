"""What a query returned, as it may be shown: never a value of a classified column."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from fractions import Fraction

from dativo_core.contract.rejects import HIDDEN
from dativo_core.contract.sql_result import Answer
from dativo_core.flow import CheckResult
from dativo_core.odcs.contract import Column, MetricRule
from dativo_core.odcs.types import TypeKind

_TEXTS = frozenset({TypeKind.STRING, TypeKind.BOOLEAN, TypeKind.BINARY, TypeKind.FIXED, TypeKind.UUID})
"""Types a number in an answer is no value of: it counts or measures them."""
_NOTE = "what the query met is hidden, since its tables may hold classified values"


def hidden_answer(
    result: CheckResult, rule: MetricRule, answer: Answer, columns: Sequence[Column], others: Collection[str]
) -> CheckResult:
    """Return the result of a query without what may be a classified value; how it compares stays.

    A text may come from any classified column of `columns`, or of one of the `others`, tables that the query can name.
    A number comes from a classified column that holds numbers or times and is named in the query.
    """
    text = (rule.query.text if rule.query is not None else "").lower()
    classified = [column for column in columns if column.classification]
    may_hold = bool(classified) or any(name in text for name in others)
    if answer.quotes and may_hold:
        return replace(result, value=None, note=_NOTE)
    if isinstance(answer.value, Fraction):
        words = set(re.findall(r"\w+", text))
        is_hidden = any(each.type.kind not in _TEXTS and _words(each.name) <= words for each in classified)
    else:
        is_hidden = isinstance(answer.value, str) and may_hold
    return replace(result, value=HIDDEN) if is_hidden else result


def _words(name: str) -> set[str]:
    return set(re.findall(r"\w+", name.lower()))
