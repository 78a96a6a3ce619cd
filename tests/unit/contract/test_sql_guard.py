"""The guard of queries: what only reads the contract's tables and computes passes, everything else is refused."""

import json
from pathlib import Path

import pytest

from dativo_core.contract.sql_guard import judge
from dativo_core.odcs.sql_functions import ALLOWED, reaches_out
from dativo_core.run.locked_duckdb import open_session

TABLES = frozenset({"orders", "customers"})


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    with open_session(Path(tmp_path_factory.mktemp("duckdb")), 64) as opened:
        yield opened


HOSTILE = [
    (
        "with recursive pg_settings as (select setting x from pg_settings union all select 'x' where false) "
        "select x from pg_settings",
        "sql-relation",
    ),
    ("select sum(id) from orders using sample 100 rows", "sql-function"),
    ("select current_user", "sql-function"),
    ("select count(*) from orders where session_user = 'duckdb'", "sql-function"),
    ("select max(id) from orders group by current_catalog", "sql-function"),
    ("select user as user from orders", "sql-function"),
    ("select current_schema || current_role", "sql-function"),
    ("select count(*) from orders tablesample 10%", "sql-function"),
    ("select levenshtein(name, name) from orders", "sql-function"),
    ("select len(repeat('x', 1500000000))", "sql-function"),
    ("select len(printf('%1500000000d', 1))", "sql-function"),
    ("select count(*) from " + ", ".join(f"orders a{number}" for number in range(21)), "sql-dialect"),
    ("copy orders to 'x'", "sql-not-readonly"),
    ("copy (select 1) to 'x'", "sql-not-readonly"),
    ("attach 'x.db'", "sql-not-readonly"),
    ("pragma database_list", "sql-not-readonly"),
    ("install httpfs", "sql-not-readonly"),
    ("load httpfs", "sql-not-readonly"),
    ("create table x as select 1", "sql-not-readonly"),
    ("insert into orders select 1", "sql-not-readonly"),
    ("with x as (insert into orders values (1) returning *) select * from x", "sql-not-readonly"),
    ("with x as (delete from orders returning *) select count(*) from x", "sql-not-readonly"),
    ("merge into orders using customers on true when matched then delete", "sql-not-readonly"),
    ("set threads = 1", "sql-not-readonly"),
    ("set variable x = 1", "sql-not-readonly"),
    ("call pragma_version()", "sql-not-readonly"),
    ("explain select 1", "sql-not-readonly"),
    ("describe orders", "sql-not-readonly"),
    ("summarize orders", "sql-not-readonly"),
    ("show tables", "sql-not-readonly"),
    ("export database 'x'", "sql-not-readonly"),
    ("prepare p as select 1", "sql-not-readonly"),
    ("select 1; select 2", "sql-many"),
    ("select 1; drop table orders", "sql-not-readonly"),
    ("select * from read_csv('x')", "sql-function"),
    ("select content from read_text('x')", "sql-function"),
    ("select * from glob('*')", "sql-function"),
    ("select getenv('HOME')", "sql-function"),
    ("select 'HOME'.getenv()", "sql-function"),
    ("select main.getenv('HOME')", "sql-function"),
    ("select current_setting('memory_limit')", "sql-function"),
    ("select * from duckdb_settings()", "sql-function"),
    ("select * from query('select 1')", "sql-function"),
    ("select * from query_table('orders')", "sql-function"),
    ("select * from json_execute_serialized_sql('{}')", "sql-function"),
    ("select nextval('s')", "sql-function"),
    ("select random()", "sql-function"),
    ("select sleep_ms(1)", "sql-function"),
    ("select list_transform([1], x -> getenv('a'))", "sql-function"),
    ("select 1 from orders where exists (select * from read_csv('x'))", "sql-function"),
    ("select 1 order by getenv('x')", "sql-function"),
    ("select 1 limit (select count(*) from glob('*'))", "sql-function"),
    ("select count(*) filter (where getenv('x') = 'y') from orders", "sql-function"),
    ("select sum(1) over (partition by getenv('x')) from orders", "sql-function"),
    ("select * from (values (getenv('x')))", "sql-function"),
    ("select * from range((select count(*) from glob('*')))", "sql-function"),
    ("select nvl(id, 0) from orders", "sql-dialect"),
    ("select * from 'x.csv'", "sql-relation"),
    ('select * from "x.parquet"', "sql-relation"),
    ("select * from duckdb_settings", "sql-relation"),
    ("with duckdb_settings as (select * from duckdb_settings) select 1 from duckdb_settings", "sql-relation"),
    ("select * from (with duckdb_views as (select 1) select * from duckdb_views), duckdb_views", "sql-relation"),
    ("table duckdb_settings", "sql-relation"),
    ("select * from information_schema.tables", "sql-relation"),
    ("select * from main.orders", "sql-relation"),
    ("select $1", "sql-placeholder"),
    ("select ?", "sql-placeholder"),
    ("selec 1", "sql-parse"),
    ("select 'x", "sql-parse"),
    ("select " + "(" * 2000 + "1" + ")" * 2000, "sql-parse"),
    ("select " + "1 + " * 4000 + "1", "sql-parse"),
    ("select " + "case when true then " * 500 + "1" + " end" * 500, "sql-parse"),
]


@pytest.mark.parametrize(("query", "code"), HOSTILE, ids=[query[:60] for query, _ in HOSTILE])
def test_what_does_more_than_compute_from_the_contracts_tables_is_refused(session, query, code):
    assert code in [refusal.code for refusal in judge(session, query, TABLES).refusals]


@pytest.mark.parametrize(
    "query",
    [
        "select count(*) filter (where amount < 0) * 100.0 / count(*) from orders",
        "with x as (select row_number() over (partition by id order by d desc nulls last) n from orders)"
        " select count(*) from x where n > 1",
        "select count(*) from orders o left join customers c using (id) where c.id is null",
        "select count(*) from orders where id not in (select id from customers)",
        "select max(x) from (select id x from orders union all by name select id x from customers)",
        "with recursive r(n) as (select 1 union all select n + 1 from r where n < 5) select max(n) from r",
        "select count(distinct lower(a) || b) from orders where a ilike '%x%' and a ~ 'x' and a[1] = 'x' and -c < 3",
        "select coalesce(max(a), 0), try_cast(b as date), extract(year from d), current_date from orders",
        "select list_transform(l, x -> x + 1), [y for y in l if y > 1], s.a, {'a': 1}, len(l) from orders",
        "select exists(select 1 from orders), a is not distinct from b, a in (1, 2), a = any(l) from orders",
        "from orders select count(*)",
        "values (1)",
        "select percentile_cont(0.5) within group (order by a) from orders qualify rank() over () = 1",
        "select sum(a) over w from orders window w as (partition by b)",
        "select count(*) from orders t, unnest(t.l) u(x), range(5) r",
        "select grouping(a) from orders group by rollup (a)",
        "select count(*) from ORDERS where d > now() - interval 1 day",
    ],
)
def test_what_only_computes_is_let_through(session, query):
    assert judge(session, query, TABLES).refusals == ()


def test_a_word_of_the_session_is_let_through_where_it_is_a_column(session):
    for query in ("select count(o.user) from orders o", "select max(current_date - d) from orders"):
        assert judge(session, query, TABLES).refusals == ()
    query = "select count(user) from orders"
    assert judge(session, query, TABLES, frozenset({"user"})).refusals == ()
    (refusal,) = judge(session, query, TABLES).refusals
    assert str(refusal) == "user tells of the session; write table.user if it is a column [sql-function]"


def test_the_tables_a_query_reads_are_told_but_not_those_it_makes(session):
    assert judge(session, "select 1 from customers, (select 1) q", TABLES).relations == {"customers"}
    assert judge(session, "with orders as (select 1) select * from orders", TABLES).relations == frozenset()


@pytest.mark.parametrize(
    "query",
    [
        "select * from orders",
        "select o.* from orders o",
        "select count(columns(*)) from orders",
        "select count(distinct orders) from orders",
        "select count(distinct o) from orders o",
        "select count(*) from orders natural join customers",
        "select count(*) from orders t(a, b)",
        "select #1 from orders",
    ],
)
def test_a_query_that_may_mean_any_column_reads_all(session, query):
    judged = judge(session, query, TABLES)
    assert (judged.refusals, judged.words) == ((), None)


def test_a_query_that_names_its_columns_reads_no_others(session):
    words = judge(session, 'select max("Full Size") from orders where lower(a) = b', TABLES).words
    assert words is not None
    assert {"full size", "a", "b"} <= words
    assert "c" not in words


def test_every_allowed_function_is_one_duckdb_has_and_none_reaches_out(session):
    known = json.loads(
        session.sql("select to_json(list(distinct function_name)) from duckdb_functions()").fetchall()[0][0]
    )
    assert sorted(ALLOWED - set(known)) == ["coalesce", "ifnull"]
    assert [name for name in ALLOWED if reaches_out(name)] == []


@pytest.mark.parametrize(
    "statement", ["copy (select 1) to 'x'", "select * from read_csv('x')", "install httpfs", "set threads = 1"]
)
def test_the_session_itself_is_locked_as_well(session, statement):
    with pytest.raises(Exception, match=r"disabled|locked|restricted|not allowed|Permission"):
        session.execute(statement).fetchall()
