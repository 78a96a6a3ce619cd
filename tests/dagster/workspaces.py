"""A small workspace of CSV jobs, written to a directory of the test."""

from pathlib import Path

SOURCE_RECIPE = """\
name: csv
type: csv
roles: [source]
credentials: {type: none}
default_engine: {type: native, options: {native: {encoding: utf-8, delimiter: ","}}}
incremental: {strategy: file_modified_time, lookback_days_default: 0}
"""
TARGET_RECIPE = """\
name: iceberg
type: iceberg
roles: [target]
default_engine: {type: native, options: {native: {compression: zstd, max_file_size_mb: 128}}}
catalog: {type: local, directory: .dativo}
file_format: parquet
"""
CONTRACT = """\
apiVersion: v3.0.2
kind: DataContract
id: NAME-1
name: NAME
version: 1.0.0
status: active
domain: sales
description: {purpose: Orders of the shop.}
team: [{username: data@example.com, role: Owner}]
schema:
  - name: NAME
    physicalName: NAME
    properties:
      - {name: id, logicalType: integer, physicalType: long, required: true, primaryKey: true, primaryKeyPosition: 1}
      - name: email
        logicalType: string
        classification: pii
        description: Who ordered.
        logicalTypeOptions: {pattern: "@"}
      - {name: amount, logicalType: number, physicalType: double}
"""
SHOP = """\
apiVersion: v3.0.2
kind: DataContract
id: shop-1
name: shop
version: 1.0.0
status: active
domain: sales
dataProduct: web-shop
tags: [core, "größe"]
description:
  purpose: Purchases and returns of the shop.
  usage: Join returns to purchases by purchase_id.
  limitations: Test orders are left out.
  authoritativeDefinitions: [{url: "https://wiki.example.com/shop", type: businessDefinition}]
team:
  - {username: data@example.com, role: Owner}
  - {username: Shop Team, role: Owner}
  - {username: gone@example.com, role: Owner, dateIn: "2020-01-01", dateOut: "2024-01-01"}
  - {username: reader@example.com, role: Reader}
slaProperties:
  - {property: frequency, value: 1, unit: d}
  - {property: retention, value: 2, unit: y, element: purchases.id}
support: [{channel: "#shop", url: "https://chat.example.com/shop", tool: slack}]
price: {priceAmount: 9.95, priceCurrency: EUR, priceUnit: megabyte}
roles: [{role: shop_reader, access: read}]
customProperties:
  - {property: dativoFinops, value: {cost_center: CC 7, business_tags: [shop]}}
schema:
  - name: purchases
    description: One row per purchase.
    properties:
      - {name: id, logicalType: integer, physicalType: long, required: true, primaryKey: true, primaryKeyPosition: 1}
      - name: email
        logicalType: string
        classification: pii
        criticalDataElement: true
        transformSourceObjects: [crm.accounts]
        description: Who **ordered**.
        logicalTypeOptions: {pattern: "@"}
        quality:
          - name: addresses
            rule: nullValues
            mustBeLessThan: 10
            dimension: completeness
            businessImpact: operational
            description: Few orders are anonymous.
      - name: lines
        logicalType: array
        items:
          logicalType: object
          properties:
            - {name: sku, logicalType: string, required: true}
            - {name: quantity, logicalType: integer, logicalTypeOptions: {minimum: 1}}
  - name: returns
    properties:
      - {name: purchase_id, logicalType: integer, physicalType: long, required: true}
"""
SHOP_JOB = """tenant_id: acme
environment: prod
source_connector_path: connectors/sources/jsonl.yaml
target_connector_path: connectors/targets/iceberg.yaml
asset_path: assets/jsonl/v1.0/shop.yaml
finops: {project: relaunch}
source:
  files:
    - {path: seeds/shop.jsonl, object: purchases}
    - {path: seeds/returns.jsonl, object: returns}
"""
SHOP_ROWS = """\
{"id": 1, "email": "a@b.org", "lines": [{"sku": "A", "quantity": 2}]}
{"id": 2, "email": "c@d.org", "lines": []}
"""
HEADER = "id,email,amount\n"
GOOD_ROWS = "1,a@b.org,1.5\n2,c@d.org,\n"
BAD_ROW = "3,nobody,2\n"


def write_workspace(root: Path) -> Path:
    """Write recipes below `root`; jobs and rows are for the test to add. Returns `root`."""
    _write(root / "connectors" / "sources" / "csv.yaml", SOURCE_RECIPE)
    _write(root / "connectors" / "targets" / "iceberg.yaml", TARGET_RECIPE)
    return root


def write_job(root: Path, name: str = "orders", *, tenant: str = "acme", mode: str = "strict", extra: str = "") -> None:
    """Write a job that reads `seeds/<name>*.csv`, and the contract of its table."""
    text = f"""\
tenant_id: {tenant}
source_connector_path: connectors/sources/csv.yaml
target_connector_path: connectors/targets/iceberg.yaml
asset_path: assets/csv/v1.0/{name}.yaml
schema_validation_mode: {mode}
source:
  files: [{{path: "seeds/{name}*.csv", object: orders}}]
{extra}"""
    _write(root / "jobs" / tenant / f"{name}.yaml", text)
    _write(root / "assets" / "csv" / "v1.0" / f"{name}.yaml", CONTRACT.replace("NAME", name))


def write_rows(root: Path, rows: str = GOOD_ROWS, file: str = "orders.csv") -> None:
    """Write a CSV file with header."""
    _write(root / "seeds" / file, HEADER + rows)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def write_shop(root: Path) -> None:
    """Write the job `acme/shop`, which reads two objects, with a contract that says all there is to say, and rows."""
    _write(
        root / "connectors" / "sources" / "jsonl.yaml",
        SOURCE_RECIPE.replace("csv", "jsonl").replace(', delimiter: ","', ""),
    )
    _write(root / "assets" / "jsonl" / "v1.0" / "shop.yaml", SHOP)
    _write(root / "jobs" / "acme" / "shop.yaml", SHOP_JOB)
    _write(root / "seeds" / "shop.jsonl", SHOP_ROWS)
    _write(root / "seeds" / "returns.jsonl", '{"purchase_id": 1}\n')
