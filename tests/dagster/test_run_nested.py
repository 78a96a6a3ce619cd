"""JSON cells of a CSV file into structs and lists, through a Dagster run."""

from urllib.parse import urlparse

import dagster as dg
import pyarrow.parquet as pq
import pytest

from dativo_core.lake.catalog import open_lake
from dativo_core.model.names import TableName
from dativo_dagster.compile import build_definitions
from tests.dagster.command import dagster_command, job_execute, output
from tests.dagster.workspaces import write_job

ORDERS = dg.AssetKey(["acme", "orders"])
PROPERTIES = """\
      - {name: id, logicalType: integer, required: true}
      - name: address
        logicalType: object
        properties:
          - {name: city, logicalType: string, required: true}
          - {name: zip, logicalType: string, logicalTypeOptions: {pattern: "^[0-9]{5}$"}}
      - name: items
        logicalType: array
        logicalTypeOptions: {minItems: 1}
        items:
          logicalType: object
          properties:
            - {name: sku, logicalType: string}
            - {name: price, logicalType: number, physicalType: "decimal(8,2)", logicalTypeOptions: {minimum: 0}}
"""
ROWS = """\
id,address,items
1,"{""city"":""Bonn"",""zip"":""53111""}","[{""sku"":""a"",""price"":12.50},{""sku"":""b""}]"
2,"{""zip"":""53111""}","[{""sku"":""a""}]"
3,"{""city"":""Bonn"",""zip"":""5311""}","[{""price"":-1}]"
4,"{""city"":""Bonn""}","[{""price"":1},{""price"":1.255}]"
5,"{""city"":""Bonn"",""street"":""x""}",[]
6,{,
7,,
"""
REASONS = {
    3: ("address.city", "address.city: value is required"),
    4: (
        "address.zip",
        "address.zip: '5311' does not match ^[0-9]{5}$; items[].price: '-1.00' is less than 0",
    ),
    5: ("items[].price", "items[].price: '1.255' is not a decimal(8,2)"),
    6: ("address", "address: has the unknown member 'street'; items: '[]' has fewer than 1 elements"),
    7: ("address", "address: '{' is not JSON: Expecting property name enclosed in double quotes at character 2"),
}
"""Per line of the file: the first broken part, and every reason."""


@pytest.fixture
def nested(workspace):
    write_job(workspace, mode="warn")
    contract = workspace / "assets" / "csv" / "v1.0" / "orders.yaml"
    kept, _, _ = contract.read_text().partition("      - {name: id")
    contract.write_text(kept + PROPERTIES)
    (workspace / "seeds" / "orders.csv").write_text(ROWS)
    return workspace


@pytest.fixture
def result(nested, instance):
    job = build_definitions(nested).resolve_job_def("acme__orders")
    return job.execute_in_process(instance=instance, raise_on_error=False)


def scanned(root, table):
    with open_lake(root / ".dativo") as lake:
        found = lake.load(TableName(("acme__sales",), table))
        return found.scan().to_arrow().to_pylist()


def stored(root):
    """Return what is in the data files; PyIceberg's own scan shows a null list of structs as an empty one."""
    with open_lake(root / ".dativo") as lake:
        tasks = lake.load(TableName(("acme__sales",), "orders")).scan().plan_files()
        return [row for task in tasks for row in pq.ParquetFile(urlparse(task.file.file_path).path).read().to_pylist()]


def evaluation(result, name):
    kind = "ASSET_CHECK_EVALUATION"
    found = [event.asset_check_evaluation_data for event in result.all_events if event.event_type_value == kind]
    return next(each for each in found if each.check_name == name)


def test_good_cells_land_as_structs_and_lists(nested, result):
    assert result.success
    first, second = sorted(stored(nested), key=lambda row: row["id"])
    assert first["address"] == {"city": "Bonn", "zip": "53111"}
    assert [(item["sku"], str(item["price"])) for item in first["items"]] == [("a", "12.50"), ("b", "None")]
    assert (second["id"], second["address"], second["items"]) == (7, None, None)


def test_bad_cells_are_quarantined_with_the_part_that_is_wrong(nested, result):
    assert result.success
    rejects = {row["line"]: (row["column"], row["reason"]) for row in scanned(nested, "orders__quarantine")}
    assert rejects == REASONS


def test_counts_and_samples_are_in_the_event_log(nested, instance, result):
    metadata = instance.get_latest_materialization_event(ORDERS).asset_materialization.metadata
    assert [metadata[f"dativo/rows_{what}"].value for what in ("read", "written", "quarantined")] == [7, 2, 5]
    types, constraints = evaluation(result, "contract__types"), evaluation(result, "contract__constraints")
    assert not types.passed
    assert not constraints.passed
    assert "items[].price: '1.255' is not a decimal(8,2)" in str(types.metadata)


def test_the_catalog_shows_nested_types_and_the_rules_of_their_parts(nested):
    spec = next(spec for spec in build_definitions(nested).resolve_all_asset_specs() if spec.key == ORDERS)
    columns = {column.name: column for column in spec.metadata["dagster/column_schema"].columns}
    assert columns["items"].type == "list<struct<sku: string, price: decimal(8,2)>>"
    assert columns["items"].constraints.other == ["min_items 1", "[].price minimum 0"]
    assert columns["address"].constraints.other == ["city required", "zip pattern ^[0-9]{5}$"]


COMPARED = """\
      - name: id
        logicalType: integer
      - name: address
        logicalType: object
        properties:
          - name: city
            logicalType: string
            quality:
              - {rule: duplicateCount, mustBeLessOrEqualTo: 1}
      - name: items
        logicalType: array
        items:
          logicalType: object
          properties:
            - name: sku
              logicalType: string
              quality:
                - {rule: duplicateValues, mustBeLessOrEqualTo: 50, unit: percent}
            - name: packed_on
              physicalType: date
              logicalType: date
              quality:
                - {rule: freshness, mustBeLessThan: 0, unit: d, severity: warning}
    quality:
      - {rule: duplicateValues, mustBe: 0, arguments: {properties: [id, "items[].sku"]}, name: One line per sku}
"""
FIRST = """\
id,address,items
1,"{""city"":""Bonn""}","[{""sku"":""a"",""packed_on"":""2020-01-01""},{""sku"":""b""}]"
2,"{""city"":""Bonn""}","[{""sku"":""a""},{}]"
"""
SECOND = FIRST.replace("\n1,", "\n3,").replace("\n2,", "\n4,").replace("Bonn", "Ulm")
PARTS = {
    "address_city__duplicate_values": (1, "rows"),
    "items_sku__duplicate_values": (25, "percent"),
    "one_line_per_sku": (0, "values"),
}


@pytest.fixture
def compared(nested):
    contract = nested / "assets" / "csv" / "v1.0" / "orders.yaml"
    kept, _, _ = contract.read_text().partition("      - {name: id")
    contract.write_text(kept + COMPARED)
    (nested / "seeds" / "orders.csv").write_text(FIRST)
    return nested


def test_what_parts_repeat_and_how_old_they_are_is_a_check_each(compared, instance):
    result = build_definitions(compared).resolve_job_def("acme__orders").execute_in_process(instance=instance)
    found = {name: evaluation(result, name) for name in PARTS}
    assert all(each.passed for each in found.values())
    told = {
        name: (each.metadata["dativo/value"].value, each.metadata["dativo/unit"].value) for name, each in found.items()
    }
    assert told == PARTS
    age = evaluation(result, "items_packed_on__freshness")
    assert not age.passed
    assert age.metadata["dativo/value"].value > 2000


def test_the_spec_of_a_check_of_a_part_names_the_part(compared):
    specs = {spec.name: spec for spec in build_definitions(compared).resolve_assets_def(ORDERS).check_specs}
    assert specs["items_sku__duplicate_values"].metadata["contract/column"] == "items[].sku"
    assert specs["one_line_per_sku"].metadata["contract/column"] == "id, items[].sku"
    assert specs["one_line_per_sku"].description == (
        "values of id, items[].sku that repeat an earlier one in the table: mustBe 0 values"
    )


@pytest.mark.slow
def test_parts_that_repeat_those_of_an_earlier_load_keep_a_run_from_publishing(compared, tmp_path):
    command = dagster_command(compared, tmp_path / "home")
    first = command(*job_execute("acme__orders"))
    assert first.returncode == 0, output(first)
    (compared / "seeds" / "orders_2.csv").write_text(SECOND)
    second = command(*job_execute("acme__orders"))
    assert second.returncode != 0
    assert "address_city__duplicate_values: 2 rows, not mustBeLessOrEqualTo 1" in output(second)
    assert len(stored(compared)) == 2
