"""Rules with a query: what can be said of them before any data is there."""

from textwrap import dedent, indent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.model.finding import Severity, errors
from dativo_core.odcs.contract import Metric, RuleScope
from dativo_core.odcs.read import ContractFile, read_contract
from dativo_core.odcs.sql_query import read_query
from dativo_core.odcs.sql_tokens import TokenKind, quoted, tokens, unquoted
from dativo_core.workspace.read_yaml import parse_document

NAMES = {"object": '"o"', "table": '"o"', "property": '"p"', "column": '"p"'}


def contract(rules: str, more: str = "") -> ContractFile:
    text = (
        dedent("""\
            apiVersion: v3.0.2
            kind: DataContract
            id: c1
            version: 1.0.0
            status: active
            team: [{username: data@example.com, role: Owner}]
            schema:
              - name: Order lines
                physicalName: order_lines
            """)
        + indent(dedent(rules), "    ")
        + indent(dedent(more), "  ")
    )
    read = parse_document("assets/c.yaml", text.encode())
    assert read.document is not None, read.findings
    return read_contract(read.document)


def of_table(rule: str, more: str = "") -> ContractFile:
    return contract(f"quality:\n  - {rule}\nproperties:\n  - {{name: id, logicalType: integer}}\n", more)


def codes(found: ContractFile) -> list[str]:
    return [finding.code for finding in errors(found.findings)]


def the_rule(found: ContractFile):
    assert found.contract is not None, found.findings
    (rule,) = found.contract.objects[0].metric_rules
    assert rule.query is not None
    return rule


@pytest.mark.parametrize("written", ["${object}", "${table}", "{object}", '"${object}"', "{ object }"])
def test_a_placeholder_becomes_a_quoted_identifier(written):
    rule = the_rule(of_table(f"{{type: sql, query: 'select count(*) from {written}', mustBe: 0}}"))
    assert rule.query.text == 'select count(*) from "Order lines"'
    assert (rule.metric, rule.scope, rule.id) == (Metric.SQL, RuleScope.TABLE, "table__sql")


def test_the_property_of_a_placeholder_is_its_column_and_the_members_to_it():
    found = contract("""\
        properties:
          - name: box
            logicalType: object
            properties:
              - name: full size
                logicalType: integer
                quality: [{type: sql, query: 'select max(${property}) from ${object}', mustBeLessThan: 9}]
        """)
    assert the_rule(found).query.text == 'select max("box"."full size") from "Order lines"'


def test_a_part_of_an_array_is_no_identifier():
    found = contract("""\
        properties:
          - name: tags
            logicalType: array
            items:
              logicalType: string
              quality: [{type: sql, query: 'select max(${property}) from ${object}', mustBe: a}]
        """)
    assert codes(found) == ["sql-placeholder"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "sql-parse"),
        ("  ;", "sql-parse"),
        ("-- nothing", "sql-parse"),
        ("selec 1", "sql-parse"),
        ("select 'a", "sql-parse"),
        ("select /* a /* b */", "sql-parse"),
        ("select (1", "sql-parse"),
        ("select 1)", "sql-parse"),
        ("select " + "1+" * 10_001, "sql-parse"),
        ("select 1; select 2", "sql-many"),
        ("select 1; drop table o", "sql-many"),
        ("insert into o values (1)", "sql-not-readonly"),
        ("with x as (delete from o returning *) select 1", "sql-not-readonly"),
        ("copy o to 'x'", "sql-not-readonly"),
        ("pragma version", "sql-not-readonly"),
        ("attach 'x'", "sql-not-readonly"),
        ("set threads = 1", "sql-not-readonly"),
        ("explain select 1", "sql-not-readonly"),
        ("select getenv('HOME')", "sql-function"),
        ("select * from read_csv('x')", "sql-function"),
        ("select * from \"read_text\"('x')", "sql-function"),
        ("select * from glob('*')", "sql-function"),
        ("select current_setting('threads')", "sql-function"),
        ("select * from duckdb_settings()", "sql-function"),
        ("select count(*) from other", "sql-relation"),
        ("select count(*) from 'x.csv'", "sql-relation"),
        ("select count(*) from main.o", "sql-relation"),
        ("select count(*) from o join secrets on true", "sql-relation"),
        ("select count(*) from o, secrets", "sql-relation"),
        ("select count(*) from o a, (select 1) b, 'x.csv'", "sql-relation"),
        ("select 1 from o a join o b on a.id = b.id, main.o where a.id in (1, 2)", "sql-relation"),
        ("from o, secrets select count(*)", "sql-relation"),
        ("select max({field}) from o", "sql-placeholder"),
        ("select max(${model}) from o", "sql-placeholder"),
        ("select '${object}'", "sql-placeholder"),
        ("select count(*) from {{ ref('o') }}", "sql-placeholder"),
        ('select 1 from "my ${object}"', "sql-placeholder"),
        ("select nvl(a, 0) from o", "sql-dialect"),
        ("select top 5 a from o", "sql-dialect"),
    ],
)
def test_what_a_query_may_not_say_is_told_without_running_it(query, code):
    assert [problem.code for problem in read_query(query, NAMES, frozenset({"o"})).problems] == [code]


@pytest.mark.parametrize(
    "query",
    [
        "select count(*) from o where a is distinct from b",
        "select extract(year from d), trim(both ' ' from b) from o",
        "select (select max(a) from o) - (select min(a) from o)",
        "with x as (select a from o), y(b) as (select a from x) select max(b) from y",
        "from o select count(*)",
        "values (1)",
        "(select 1)",
        "select max(update), (delete + 1), sum(copy) from o",
        "select 'it''s; ${foo} from nowhere', e'\\' from x', $$ from y; $$ from o",
        "select a from (select 1 a) q, lateral (select 2) r",
        "select x from unnest([1]) t(x)",
        "select {'a': 1}.a, [1,2][1] from O",
        'select count(*) from "o" -- from nowhere; ${x}',
        "select count(*) from o where a ~ '^x{2}$'",
    ],
)
def test_what_a_query_may_say_has_no_problem(query):
    assert read_query(query, NAMES, frozenset({"o"})).problems == ()


WORDS = [
    "select",
    "from",
    "join",
    "o",
    "x",
    "(",
    ")",
    ",",
    ";",
    "'",
    '"',
    "${object}",
    "{x}",
    "$$",
    "--",
    "/*",
    "*/",
    "\n",
    "as",
    ".",
]


@given(st.one_of(st.text(), st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join)))
def test_any_text_is_read_without_a_failure(query):
    found = read_query(query, NAMES, frozenset({"o"}))
    assert found.problems or found.text


@given(st.text(), st.text())
def test_a_name_of_any_letters_stays_one_identifier_wherever_it_is_put(name, around):
    identifier = quoted(name)
    (token,) = tokens(identifier)
    assert (token.kind, unquoted(token.text)) == (TokenKind.NAME, name)
    assert "".join(each.text for each in tokens(around)) == around


@pytest.mark.parametrize(
    ("operators", "code"),
    [
        ("", "operator-missing"),
        ("mustBe: [1, 2]", "operator-type"),
        ("mustBeLessThan: true", "operator-type"),
        ("mustBeBetween: [2, 1]", "between-unordered"),
        ("mustBe: true, mustBeLessThan: 5", "operator-conflict"),
        ("mustBeGreaterThan: 5, mustBeLessThan: 3", "operator-conflict"),
        ("mustBeLessThan: 101, unit: percent", "percent-range"),
        ("mustBeLes: 5, mustBe: 1", "operator-misspelt"),
    ],
)
def test_operators_are_required_and_typed(operators, code):
    assert code in codes(of_table(f"{{type: sql, query: select 1, {operators}}}"))


@pytest.mark.parametrize("value", ["true", "false", "done", "-1.5", "0"])
def test_a_query_may_be_compared_with_a_truth_value_a_text_or_a_number(value):
    rule = the_rule(of_table(f"{{type: sql, query: select 1, mustBe: {value}}}"))
    assert rule.operators in (f"mustBe {value}", f"mustBe {value!r}")


def test_a_query_may_name_all_tables_of_its_contract_by_name_and_by_their_source():
    more = """\
          - name: customers
            physicalName: crm_customers
            properties: [{name: id, logicalType: integer}]
        """
    query = (
        'select count(*) from "Order lines" join order_lines b using (id) join CUSTOMERS using (id) join crm_customers'
    )
    found = of_table(f"{{type: sql, query: '{query} using (id)', mustBe: 0}}", more)
    assert codes(found) == []


def test_a_rule_without_a_query_says_so():
    assert codes(of_table("{type: sql, mustBe: 0}")) == ["missing-key"]
    assert codes(of_table('{type: sql, query: " ", mustBe: 0}')) == ["sql-parse"]


def test_findings_of_a_query_stand_at_the_line_it_begins_in():
    found = contract("""\
        quality:
          - type: sql
            mustBe: 0
            query: |
              select 1;
              select 2
        properties: [{name: id, logicalType: integer}]
        """)
    (finding,) = errors(found.findings)
    assert (finding.code, finding.line, finding.key_path) == ("sql-many", 13, "schema[0].quality[0].query")


def test_text_for_people_is_no_check_and_a_foreign_engine_is_named():
    found = contract("""\
        quality:
          - {type: text, description: names are spelt well}
          - {type: custom, engine: soda, implementation: checks}
        properties: [{name: id, logicalType: integer}]
        """)
    assert found.contract is not None
    text, custom = found.contract.objects[0].unexecuted_rules
    assert (text.is_text, custom.is_text) == (True, False)
    assert [(each.code, each.severity) for each in found.findings] == [
        ("text-not-executable", Severity.INFO),
        ("custom-engine-unknown", Severity.WARNING),
    ]
    assert "'soda'" in found.findings[1].message


def test_the_flat_dialect_has_queries_too():
    text = """\
        name: orders
        version: 1.0.0
        source_type: csv
        object: raw
        team: {owner: a@example.com}
        schema: [{name: id, type: integer}]
        data_quality:
          expectations:
            - {type: sql, column: id, query: 'select min(${property}) from ${object}', mustBeGreaterThan: 0}
            - {type: sql, query: select count(*) from raw, mustBe: done}
            - {type: sql, column: ids, query: select 1, mustBe: 1}
        """
    read = parse_document("assets/c.yaml", dedent(text).encode())
    assert read.document is not None
    found = read_contract(read.document)
    assert codes(found) == ["rule-arguments"]


@pytest.mark.parametrize(("scope", "read"), [("run", RuleScope.RUN), ("partition", RuleScope.PARTITION)])
def test_the_scope_of_a_query_may_be_narrowed(scope, read):
    custom = f"customProperties: [{{property: dativoScope, value: {scope}}}]"
    assert the_rule(of_table(f"{{type: sql, query: select 1, mustBe: 1, {custom}}}")).scope is read


@pytest.mark.parametrize("scope", ["all", "[table]", "{a: b}", "1"])
def test_a_scope_that_is_none_is_told(scope):
    custom = f"customProperties: [{{property: dativoScope, value: {scope}}}]"
    assert codes(of_table(f"{{type: sql, query: select 1, mustBe: 1, {custom}}}")) == ["rule-arguments"]


@pytest.mark.parametrize(
    "keys",
    [
        "query: 5",
        "query: [a]",
        "query: {a: b}",
        "query: null",
        "query: select 1, unit: 5",
        "engine: 5, query: select 1",
    ],
)
def test_keys_of_a_wrong_type_are_findings_and_no_failure(keys):
    assert of_table(f"{{type: sql, {keys}, mustBe: {{a: 1}}}}").contract is None
