"""Every spelling of the table of physical types, with arguments, as a contract could write it."""

from collections.abc import Iterator
from dataclasses import dataclass

from dativo_core.odcs.resolve_type import Context
from dativo_core.odcs.spelling import arguments_of, read_written
from dativo_core.odcs.type_table import PHYSICAL_TYPES, TypeRow, Vocabulary

GIVEN = {"s < 0": {"p": 5, "s": -2}, "s > p": {"p": 2, "s": 4}, "": {"p": 10, "s": 2}}
UNSTORABLE = {"p": 0, "s": 0}


@dataclass(frozen=True)
class Example:
    """A written type, and what its row says."""

    text: str
    row: TypeRow
    context: Context
    given: dict[str, int]

    def __str__(self) -> str:
        return f"{self.context.vocabulary.value} {self.text}"


def examples() -> Iterator[Example]:
    """Yield each spelling of each row in each vocabulary the row is for, unless an earlier row takes it there."""
    for number, row in enumerate(PHYSICAL_TYPES):
        for vocabulary in row.of or tuple(Vocabulary):
            for spelling in row.spellings:
                for text, given in _written(spelling, row):
                    example = Example(text, row, context(vocabulary, row), given)
                    if not any(_takes(earlier, example) for earlier in PHYSICAL_TYPES[:number]):
                        yield example


def context(vocabulary: Vocabulary, row: TypeRow) -> Context:
    """Return what the rest of the property must say for a row."""
    logical = "boolean" if row.where == "logicalType boolean" else None
    return Context(vocabulary, logical, "uuid" if row.where == "format uuid" else None)


def _takes(row: TypeRow, example: Example) -> bool:
    written = read_written(example.text)
    is_spelt = written is not None and any(arguments_of(each, written) is not None for each in row.spellings)
    is_of_vocabulary = not row.of or example.context.vocabulary in row.of
    return is_spelt and is_of_vocabulary and not row.where


def _written(spelling: str, row: TypeRow) -> Iterator[tuple[str, dict[str, int]]]:
    name, _, rest = spelling.partition("(")
    if not rest:
        yield spelling, {}
        return
    form, _, behind = rest.partition(")")
    suffix = behind.removeprefix("]")
    bare = name.removesuffix("[")
    if bare != name:
        yield f"{bare}{suffix}", {}
    given = UNSTORABLE if row.code == "type-unresolved" else GIVEN.get(row.where, GIVEN[""])
    sizes = {"n": ["1", "8"], "...": ["7"], "p,s": [f"{given['p']},{given['s']}"]}
    for arguments in sizes.get(form, form.split("..")):
        numbers = given if form == "p,s" else {"n": int(arguments)} if form == "n" else {}
        yield f"{bare}({arguments}){suffix}", numbers
