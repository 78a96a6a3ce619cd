"""JSON lines and Parquet files through a whole run, with nested columns, and back from the table's data files."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pyarrow as pa
import pytest
from pyarrow import parquet

from dativo_core.flow import StreamOutcome
from dativo_core.lake.catalog import open_lake
from dativo_core.lake.live_rows import live_files, read_rows
from dativo_core.model.source_options import JsonlOptions, ParquetOptions
from dativo_core.plan.types import SourcePlan, UnknownColumns
from tests.support import TABLE, load, orders_plan, orders_rules, table_rows
from tests.unit.contract.build import column
from tests.unit.odcs.test_read import table

TYPES = {
    "id": "long",
    "at": "timestamptz",
    "total": "decimal(20,4)",
    "address": "struct<city: string not null, geo: struct<lat: double>>",
    "lines": "list<struct<sku: string, price: decimal(10,2)>>",
    "labels": "map<string, date>",
}
COLUMNS = tuple(column(name, text) for name, text in TYPES.items())
ROWS = [
    {
        "id": 2**63 - 1,
        "at": datetime(2024, 2, 29, 1, 2, 3, 456_789, UTC),
        "total": Decimal("1234567890123456.7891"),
        "address": {"city": "Köln", "geo": {"lat": 50.9}},
        "lines": [{"sku": "00501", "price": Decimal("1.50")}, {"sku": None, "price": None}],
        "labels": [("made", date(2024, 2, 29))],
    },
    {"id": 2, "at": None, "total": None, "address": None, "lines": [], "labels": []},
]
JSON = """\
{"id":9223372036854775807,"at":"2024-02-29T02:02:03.456789+01:00","total":1234567890123456.7891,\
"address":{"city":"K\\u00f6ln","geo":{"lat":50.9}},"lines":[{"sku":"00501","price":1.50},{}],"labels":{"made":"2024-02-29"}}
{"id":2,"lines":[],"labels":{}}
"""


def jsonl_plan(root, columns=COLUMNS, **settings):
    source = SourcePlan("jsonl", "jsonl", JsonlOptions(files=("in/*.jsonl",)))
    return replace(orders_plan(root, columns=columns, rules=(), **settings), source=source)


def parquet_plan(root, columns=COLUMNS, **settings):
    source = SourcePlan("parquet", "parquet", ParquetOptions(files=("in/*.parquet",)))
    return replace(orders_plan(root, columns=columns, rules=(), **settings), source=source)


def relaxed(plan):
    return replace(plan, streams=tuple(replace(each, unknown_columns=UnknownColumns.DROP) for each in plan.streams))


def put(root, name, content):
    (root / "in").mkdir(exist_ok=True)
    if isinstance(content, pa.Table):
        parquet.write_table(content, root / "in" / name)
    else:
        (root / "in" / name).write_bytes(content)


def stored(root):
    """Return the rows of the table's data files, less the columns Dativo adds."""
    with open_lake(root / "lake") as lake:
        table = lake.load(TABLE)
        schema = table.schema().select(*TYPES)
        return [
            row for file in live_files(table) for batch in read_rows(table, file, schema) for row in batch.to_pylist()
        ]


def test_rows_of_json_lines_come_back_exactly(tmp_path):
    put(tmp_path, "a.jsonl", JSON.encode())
    (stream,) = load(jsonl_plan(tmp_path)).streams
    assert stream.outcome is StreamOutcome.COMMITTED
    assert stored(tmp_path) == ROWS


def test_rows_of_parquet_files_come_back_exactly(tmp_path):
    schema = pa.schema(
        [
            ("id", pa.int64()),
            ("at", pa.timestamp("ns", "Asia/Tokyo")),
            ("total", pa.decimal256(50, 4)),
            ("address", pa.struct([("city", pa.string()), ("geo", pa.struct([("lat", pa.float64())]))])),
            ("lines", pa.large_list(pa.struct([("sku", pa.large_string()), ("price", pa.decimal128(12, 2))]))),
            ("labels", pa.map_(pa.string(), pa.date32())),
        ]
    )
    put(tmp_path, "a.parquet", pa.Table.from_pylist(ROWS, schema=schema))
    (stream,) = load(parquet_plan(tmp_path)).streams
    assert stream.outcome is StreamOutcome.COMMITTED
    assert stored(tmp_path) == ROWS


@pytest.mark.parametrize(
    ("line", "told"),
    [("{}", "in/a.jsonl:2: id: value is required"), ("{", "in/a.jsonl:2: is not JSON: Expecting property name")],
)
def test_in_strict_mode_a_bad_line_stops_the_load_and_is_told(tmp_path, line, told):
    put(tmp_path, "a.jsonl", f'{{"id":1}}\n{line}\n'.encode())
    plan = jsonl_plan(tmp_path, (column("id", "long", required=True),), max_rejects=0)
    plan = replace(plan, streams=(replace(plan.streams[0], rules=orders_rules()[:1]),))
    (stream,) = load(plan).streams
    assert stream.outcome is StreamOutcome.FAILED
    assert told in str(stream.error)


def test_unknown_keys_fail_the_load_wherever_they_stand(tmp_path):
    put(tmp_path, "a.jsonl", b'{"id":1}\n{"id":2,"odd":null}\n')
    (stream,) = load(jsonl_plan(tmp_path, (column("id", "long"),))).streams
    assert "in/a.jsonl: columns not in the contract: 'odd'" in str(stream.error)


def test_unknown_keys_of_all_blocks_are_told_where_they_may_be_left_out(tmp_path):
    lines = [json.dumps({"id": number, f"odd{number % 3}": 1}) for number in range(2000)]
    put(tmp_path, "a.jsonl", "\n".join(lines).encode())
    plan = relaxed(jsonl_plan(tmp_path, (column("id", "long"),)))
    source = replace(plan.source, options=JsonlOptions(files=("in/*.jsonl",), block_size_bytes=4096))
    (stream,) = load(replace(plan, source=source)).streams
    assert set(stream.dropped_columns) == {"odd0", "odd1", "odd2"}
    assert stream.counts.written == 2000


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_bad_rows_go_to_quarantine_with_their_place(tmp_path, kind):
    put(tmp_path, "a.jsonl", b'{"id":1}\nbroken\n{"id":1.5}\n{"id":4}\n')
    put(tmp_path, "a.parquet", pa.table({"id": [1, None, 1.5, 4]}))
    columns = (column("id", "long", required=True),)
    plan = {"jsonl": jsonl_plan, "parquet": parquet_plan}[kind](tmp_path, columns, max_rejects=None)
    (stream,) = load(plan).streams
    assert (stream.counts.read, stream.counts.written, stream.counts.quarantined) == (4, 2, 2)
    kept = table_rows(tmp_path, TABLE.quarantine).select(["file", "line", "raw"]).to_pylist()
    raw = {"jsonl": ["broken", '{"id":1.5}'], "parquet": ['{"id":null}', '{"id":1.5}']}[kind]
    assert kept == [{"file": f"in/a.{kind}", "line": 2 + at, "raw": text} for at, text in enumerate(raw)]


def test_a_broken_parquet_file_is_left_out_and_the_others_load(tmp_path):
    put(tmp_path, "a.parquet", pa.table({"id": [1, 2]}))
    put(tmp_path, "b.parquet", b"PAR1 is no table")
    put(tmp_path, "c.parquet", pa.table({"no": [1]}))
    (stream,) = load(parquet_plan(tmp_path, (column("id", "long"),), max_rejects=None)).streams
    assert (stream.outcome, stream.counts.written) == (StreamOutcome.COMMITTED, 2)
    assert [text.split(":")[0] for text in stream.rejected_files] == [
        "file in/b.parquet cannot be read as Parquet",
        "file in/c.parquet has not the columns of the contract",
    ]


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_what_is_loaded_is_not_loaded_again(tmp_path, kind):
    put(tmp_path, "a.jsonl", b'{"id":1}\n')
    put(tmp_path, "a.parquet", pa.table({"id": [1]}))
    plan = {"jsonl": jsonl_plan, "parquet": parquet_plan}[kind](tmp_path, (column("id", "long"),))
    outcomes = [load(plan).streams[0].outcome for _ in range(2)]
    assert outcomes == [StreamOutcome.COMMITTED, StreamOutcome.NOTHING_NEW]


TEXT = "customProperties: [{property: dativoOnLoss, value: stringify}]"
AS_TEXT = table(
    "{name: n, physicalType: numeric, " + TEXT + "}",
    '{name: w, physicalType: "decimal(60,2)", ' + TEXT + "}",
    "{name: t, physicalType: time}",
    "{name: d, physicalType: date, " + TEXT + "}",
    "{name: token, physicalType: fixed(2)}",
    "{name: s, logicalType: object, properties: [{name: at, physicalType: time}, {name: w, physicalType: 'decimal(60,2)', "
    + TEXT
    + "}, {name: f, physicalType: fixed(2)}]}",
    "{name: o, logicalType: object, " + TEXT + ", properties: [{name: at, physicalType: time}]}",
).columns
WIDE = "1" + "0" * 50
STORED = {
    "n": [WIDE + ".5", "2"],
    "w": [WIDE + ".50", None],
    "t": ["07:00:00", None],
    "d": ["2024-02-29", None],
    "token": [b"\x0a\xff", None],
    "s": [{"at": "08:00:00.5", "w": WIDE + ".00", "f": b"\x00\x01"}, None],
    "o": ['{"at":"09:00:00"}', None],
}


def kept_texts(root):
    rows = table_rows(root).sort_by("n")
    return {name: rows[name].to_pylist() for name in STORED}


def test_json_lines_of_columns_that_are_stored_as_text(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_text(
        f'{{"n":{WIDE}.500,"w":{WIDE}.5,"t":"07:00","d":"2024-02-29","token":"0aff",'
        f'"s":{{"at":"08:00:00.50","w":{WIDE},"f":"0001"}},"o":{{"at":"09:00"}}}}\n{{"n":2e0}}\n{{"n":"x"}}\n'
    )
    (stream,) = load(jsonl_plan(tmp_path, AS_TEXT)).streams
    assert (stream.outcome, stream.counts.quarantined) == (StreamOutcome.COMMITTED, 1)
    assert kept_texts(tmp_path) == STORED


def test_parquet_of_columns_that_are_stored_as_text(tmp_path):
    (tmp_path / "in").mkdir()
    wide = pa.decimal256(60, 2)
    struct = pa.struct({"at": pa.time64("us"), "w": wide, "f": pa.binary(2)})
    rows = pa.table(
        {
            "n": pa.array([Decimal(WIDE + ".5"), Decimal(2)], pa.decimal256(60, 1)),
            "w": pa.array([Decimal(WIDE + ".5"), None], wide),
            "t": pa.array([time(7), None], pa.time32("s")),
            "d": pa.array([date(2024, 2, 29), None]),
            "token": pa.array([b"\x0a\xff", None]),
            "s": pa.array([{"at": time(8, 0, 0, 500_000), "w": Decimal(WIDE), "f": b"\x00\x01"}, None], struct),
            "o": pa.array([{"at": time(9)}, None], pa.struct({"at": pa.time64("us")})),
        }
    )
    parquet.write_table(rows, tmp_path / "in" / "a.parquet")
    (stream,) = load(parquet_plan(tmp_path, AS_TEXT)).streams
    assert (stream.outcome, stream.counts.quarantined) == (StreamOutcome.COMMITTED, 0)
    assert kept_texts(tmp_path) == STORED


def test_columns_stored_as_text_are_keys_partitions_and_orders(tmp_path):
    (tmp_path / "in").mkdir()
    columns = table("{name: n, physicalType: numeric, primaryKey: true, " + TEXT + "}", "{name: t, physicalType: time}")
    (tmp_path / "in" / "a.jsonl").write_text('{"n":2,"t":"09:00"}\n{"n":"2.0","t":"09:00"}\n{"n":1,"t":"09:00:00"}\n')
    texts = tuple(replace(each, type=each.type.stored) for each in columns.columns)
    plan = jsonl_plan(tmp_path, texts, partition_by=("t",), sort_order=("n",))
    (planned,) = plan.streams
    plan = replace(plan, streams=(replace(planned, columns=columns.columns, rules=columns.rules),))
    (stream,) = load(plan).streams
    assert (stream.outcome, stream.counts.quarantined, stream.files) == (StreamOutcome.COMMITTED, 1, 1)
    assert table_rows(tmp_path)["n"].to_pylist() == ["1", "2"]


def test_times_without_an_offset_are_read_in_the_zone_of_their_column(tmp_path):
    at = column("at", "timestamptz")
    columns = (column("id", "long"), replace(at, type=replace(at.type, zone="Europe/Berlin")))
    times = ["2024-07-01T12:00:00", "2024-03-31T02:30:00", "2024-10-27T02:30:00", "2024-10-27T02:30:00+01:00"]
    put(tmp_path, "a.jsonl", "".join(f'{{"id":{at},"at":"{time}"}}\n' for at, time in enumerate(times)).encode())
    (stream,) = load(jsonl_plan(tmp_path, columns)).streams
    assert (stream.counts.read, stream.counts.written, stream.counts.quarantined) == (4, 2, 2)
    assert table_rows(tmp_path).sort_by("id")["at"].to_pylist() == [
        datetime(2024, 7, 1, 10, tzinfo=UTC),
        datetime(2024, 10, 27, 1, 30, tzinfo=UTC),
    ]
    kept = table_rows(tmp_path, TABLE.quarantine).sort_by("line").select(["line", "rule", "reason"]).to_pylist()
    assert [(each["line"], each["rule"]) for each in kept] == [(2, "contract__types"), (3, "contract__types")]
    assert "nor a time that the clocks of Europe/Berlin showed exactly once" in kept[0]["reason"]


def test_times_of_text_files_are_read_in_the_zone_of_their_column(tmp_path):
    at = column("at", "timestamptz")
    columns = (column("id", "long"), replace(at, type=replace(at.type, zone="America/New_York")))
    put(tmp_path, "a.csv", b"id,at\n1,2024-07-01 12:00\n2,2024-11-03 01:30\n3,\n")
    (stream,) = load(orders_plan(tmp_path, columns=columns, rules=())).streams
    assert (stream.counts.written, stream.counts.quarantined) == (2, 1)
    assert table_rows(tmp_path).sort_by("id")["at"].to_pylist() == [datetime(2024, 7, 1, 16, tzinfo=UTC), None]
