import pytest

from dativo_core.odcs.date_format import read_date_format
from dativo_core.odcs.resolve_type import TypeProblem, flat_type, logical_type, physical_type


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("varchar(20)", "string"), ("CHARACTER VARYING(5)", "string"), ("public.citext", "string"), ("int", "int"),
        ("int unsigned", "long"), ("BIGINT", "long"), ("bigint unsigned", "decimal(20,0)"), ("smallint", "int"),
        ("decimal(10, 2)", "decimal(10,2)"), ("NUMERIC(5)", "decimal(5,0)"), ("real", "float"), ("float(24)", "float"),
        ("float(25)", "double"), ("double precision", "double"), ("bool", "boolean"), ("date", "date"), ("time(3)", "time"),
        ("timestamp", "timestamp"), ("timestamp(6) with time zone", "timestamptz"), ("datetimeoffset", "timestamptz"),
        ("timestamp without time zone", "timestamp"), ("uuid", "uuid"), ("bytea", "binary"), ("jsonb", "string"),
        ("bigint[]", "list<long>"), ("text[][3]", "list<list<string>>"), ("ARRAY<int>", "list<int>"),
        ("array(varchar(3))", "list<string>"), ("vector(3)", "list<float>"),
        ("MAP<text, numeric(5,2)>", "map<string, decimal(5,2)>"),
        ("STRUCT<a: int, `b`: array<date>>", "struct<a: int, b: list<date>>"),
        ("row(a bigint NOT NULL, \"at\" timestamp with time zone)", "struct<a: long, at: timestamptz>"),
    ],
)  # fmt: skip
def test_a_physical_type_has_one_iceberg_type(text, type_):
    assert str(physical_type(text).type) == type_


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("wibble", "type-unparsed"), ("int[", "type-unparsed"), ("ARRAY<int", "type-unparsed"), ("map<int>", "type-unparsed"),
        ("struct<a>", "type-unparsed"), ("struct<>", "type-unparsed"), ("array<int, int>", "type-unparsed"),
        ("array<wibble>", "type-unparsed"), ("array<interval>", "type-no-iceberg"), ("map<int[], int>", "type-unresolved"),
        ("row(a int, A int)", "type-unresolved"), ("int" + "[]" * 99, "type-unresolved"), ("map<int, (int>)", "type-unparsed"),
        ("interval", "type-no-iceberg"), ("time with time zone", "type-no-iceberg"),
        ("numeric", "decimal-unscaled"), ("decimal(39,2)", "decimal-too-wide"), ("decimal(0,0)", "type-unresolved"),
        ("decimal(37,-2)", "decimal-too-wide"), ("", "type-unparsed"), ("int)", "type-unparsed"),
    ],
)  # fmt: skip
def test_a_physical_type_without_one_says_why(text, code):
    problem = physical_type(text).type
    assert isinstance(problem, TypeProblem)
    assert problem.code == code


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("int", "long"),
        ("float", "double"),
        ("number", "double"),
        ("numeric(8,3)", "decimal(8,3)"),
        ("datetime", "timestamp"),
    ],
)
def test_a_flat_word_has_its_own_meaning(text, type_):
    assert str(flat_type(text)) == type_


@pytest.mark.parametrize("text", ["varchar", "struct", "varchar[]", "decimal", "string(5)", "Text"])
def test_any_other_flat_word_is_a_problem(text):
    assert isinstance(flat_type(text), TypeProblem)


@pytest.mark.parametrize(
    ("word", "form", "type_"),
    [("integer", None, "long"), ("integer", "i32", "int"), ("integer", "u64", "decimal(20,0)"), ("string", "uuid", "uuid"),
     ("string", "email", "string"), ("number", "f32", "float"), ("number", None, "double"), ("boolean", None, "boolean")],
)  # fmt: skip
def test_a_logical_type_alone_follows_its_format(word, form, type_):
    assert str(logical_type(word, form)) == type_


@pytest.mark.parametrize(
    ("text", "kind", "is_iso"),
    [("yyyy-MM-dd", "date", True), ("HH:mm", "time", True), ("H.mm", "time", False), ("yyyy-MM-dd'T'HH:mm:ss", "timestamp", True),
     ("yyyy-MM-ddTHH:mm:ssZ", "timestamptz", True), ("yyyy-MM-dd HH:mm:ss.SSSX", "timestamptz", True),
     ("YYYY-MM-DD", "date", True), ("dd.MM.yyyy", "date", False)],
)  # fmt: skip
def test_a_date_format_describes_a_type(text, kind, is_iso):
    found = read_date_format(text)
    assert (found.kind.value, found.is_iso) == (kind, is_iso)


@pytest.mark.parametrize("text", ["ww-YYYY", "", "HH:mmZ", "G yyyy", "'yyyy'"])
def test_a_format_of_no_date_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        read_date_format(text)


def test_a_member_that_is_not_null_is_required():
    assert [each.required for each in physical_type("row(a int not null, b int)").type.members] == [True, False]
