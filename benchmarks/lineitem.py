"""The table `lineitem` of TPC-H at scale factor 1, as CSV: 6,001,215 rows, 766 MB, the same bytes on every machine.

Generator and rival come from the package index once, pinned by hash, into a directory of their own: neither is part of the
project's environment.
"""

import subprocess
import sys
from itertools import islice
from pathlib import Path

from uv import find_uv_bin

ROOT = Path(__file__).parent.parent
CACHE = ROOT / ".cache" / "bench"
PACKAGES = CACHE / "packages"
ROWS = 6_001_215
READ_AT_ONCE = 64 * 1024

COLUMNS = {
    "l_orderkey": "bigint",
    "l_partkey": "bigint",
    "l_suppkey": "bigint",
    "l_linenumber": "integer",
    "l_quantity": "decimal(15,2)",
    "l_extendedprice": "decimal(15,2)",
    "l_discount": "decimal(15,2)",
    "l_tax": "decimal(15,2)",
    "l_returnflag": "varchar",
    "l_linestatus": "varchar",
    "l_shipdate": "date",
    "l_commitdate": "date",
    "l_receiptdate": "date",
    "l_shipinstruct": "varchar",
    "l_shipmode": "varchar",
    "l_comment": "varchar",
}
"""SQL type of each column, for the contract as for DuckDB."""


def lineitem_csv(rows: int) -> Path:
    """Return the CSV file of the first `rows` rows, made when it is missing. Ends the process when that cannot be done."""
    whole = CACHE / "lineitem.csv"
    if not whole.exists():
        _install()
        command = [str(PACKAGES / "bin" / "tpchgen-cli"), "csv", "--scale-factor=1", "--tables=lineitem"]
        subprocess.run([*command, f"--output-dir={CACHE}"], check=True, stdout=subprocess.DEVNULL)
    if rows >= ROWS:
        return whole
    part = CACHE / f"lineitem-{rows}.csv"
    if not part.exists():
        with whole.open("rb") as source, part.with_suffix(".part").open("wb") as target:
            target.writelines(islice(source, rows + 1))
        part.with_suffix(".part").replace(part)
    return part


def _install() -> None:
    command = [find_uv_bin(), "pip", "install", "--quiet", "--python", sys.executable, "--target", str(PACKAGES)]
    command += ["--no-deps", "--require-hashes", "--requirement", str(ROOT / "requirements" / "bench.txt")]
    if subprocess.run(command, check=False).returncode:
        sys.exit("the benchmark's generator could not be fetched (see above). It needs the package index once.")
