from fractions import Fraction

import pytest

from dativo_core.contract.hidden_answers import hidden_answer
from dativo_core.contract.sql_result import Answer, sql_result
from dativo_core.odcs.contract import CheckSeverity, Metric, MetricRule, RuleScope, SqlQuery
from tests.unit.contract.build import PLACE, column

COLUMNS = (
    column("id", "long"),
    column("email", "string", classification="pii"),
    column("monthly pay", "decimal(12,2)", classification="confidential"),
)


def shown(query, answer, columns=COLUMNS, others=()):
    rule = MetricRule(
        "q", Metric.SQL, (), (), (), "", CheckSeverity.ERROR, "d", PLACE, SqlQuery(query), RuleScope.TABLE
    )
    result = hidden_answer(sql_result(rule, answer), rule, answer, columns, others)
    return result.value, result.note


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("select max(email) from people", "a@b.org"),
        ("select min(x) from (select email as x from people)", "a@b.org"),
        ('select max("monthly pay") from people', Fraction(4711)),
    ],
)
def test_a_value_of_a_classified_column_is_hidden(query, value):
    assert shown(query, Answer(value, 3))[0] == "***"


@pytest.mark.parametrize("query", ["select count(*) from people", "select count(*) from people where email is null"])
def test_a_count_is_shown(query):
    assert shown(query, Answer(Fraction(4711), 3))[0] == 4711


def test_a_text_is_shown_where_nothing_is_classified():
    assert shown("select max(id) from people", Answer("x", 3), COLUMNS[:1])[0] == "x"


def test_a_text_of_another_table_is_hidden():
    assert shown("select max(mail) from contacts", Answer("x", 3), COLUMNS[:1], ("contacts",))[0] == "***"


def test_an_error_that_repeats_a_value_is_hidden_and_any_other_is_shown():
    assert "a@b.org" not in shown("select 1", Answer(None, 3, "could not parse a@b.org", quotes=True))[1]
    assert shown("select 1", Answer(None, 3, "the query returned no row"))[1] == "the query returned no row"
