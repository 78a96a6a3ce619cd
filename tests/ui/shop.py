"""Two tenants with data to look at: the workspace beside this file, its rows, and loads that were done before anybody looks."""

import json
import random
import shutil
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

import dagster as dg

from dativo_dagster.compile import build_definitions

FILES = Path(__file__).parent / "workspace"
DAYS = [f"{date(2026, 1, 1) + timedelta(days=day)}" for day in range(30)]
"""The keys of the partitions of `acme/visits`."""
VISITS_A_DAY = 25
SURVEYS = """\
answer_id,email,stars,answered_on
1,ada@example.com,5,2026-01-04
2,grace@example.com,4,2026-01-05
3,nobody,5,2026-01-05
4,edsger@example.com,11,2026-01-06
5,barbara@example.com,3,2026-02-30
6,alan@example.com,five,2026-01-07
7,donald@example.com,5,2026-01-08
7,donald@example.com,1,2026-01-08
"""
_ORDERS_A_FILE = (1180, 1420, 990, 1730, 1610, 2240)


def write_shop(root: Path) -> Path:
    """Write the workspace and its rows to `root`, all but the orders. Returns `root`."""
    shutil.copytree(FILES, root)
    shuffled = random.Random(5)
    _write(root / "data" / "purchases.jsonl", (json.dumps(each) for each in _purchases(shuffled)))
    _write(root / "data" / "returns.jsonl", ['{"purchase_id": 3, "reason": "too small"}', '{"purchase_id": 8}'])
    _write(root / "data" / "surveys.csv", [SURVEYS.rstrip()])
    _write(root / "data" / "stock.csv", ["sku,pieces", "B-100,12", "B-101,0", "B-102,7"])
    _write(root / "data" / "shipments" / "1.csv", ["parcel_id,carrier", *(f"{n},DHL" for n in range(1, 41))])
    for day, key in enumerate(DAYS):
        visits = (f"{day * VISITS_A_DAY + n},{key},{shuffled.randint(1, 30)}" for n in range(VISITS_A_DAY))
        _write(root / "data" / "visits" / key / "visits.csv", ["visit_id,visited_on,pages", *visits])
    return root


def load_first_orders(root: Path, instance: dg.DagsterInstance) -> None:
    """Load the first file of orders."""
    _load_orders(root, instance, 0)


def load_shop(root: Path, instance: dg.DagsterInstance) -> None:
    """Load the other orders file by file, which gives plots their points, then what else is looked at."""
    for number in range(1, len(_ORDERS_A_FILE)):
        _load_orders(root, instance, number)
    assert _load(root, instance, "acme__shop")
    assert _load(root, instance, "acme__surveys")
    assert not _load(root, instance, "bolt__stock"), "a list of three articles is not published"


def _load_orders(root: Path, instance: dg.DagsterInstance, number: int) -> None:
    orders = map(json.dumps, _orders(number, _ORDERS_A_FILE[number]))
    _write(root / "data" / "orders" / f"{number:02}.jsonl", orders)
    assert _load(root, instance, "acme__orders")


def _load(root: Path, instance: dg.DagsterInstance, job: str) -> bool:
    resolved = build_definitions(root).resolve_job_def(job)
    return resolved.execute_in_process(instance=instance, raise_on_error=False).success


def _orders(number: int, count: int) -> Iterator[dict[str, object]]:
    shuffled = random.Random(number)
    for order in range(number * 10_000, number * 10_000 + count):
        yield {
            "order_id": order,
            "ordered_at": f"2026-01-{number + 1:02}T{order % 24:02}:{order % 60:02}:00Z",
            "email": f"customer{order}@example.com",
            "status": shuffled.choice(("paid", "shipped", "returned")),
            "delivery": {"city": shuffled.choice(("Bonn", "Kiel", "Ulm")), "zip": f"{order % 90_000 + 10_000}"},
            "lines": [
                {"sku": f"B-{shuffled.randint(100, 180)}", "quantity": shuffled.randint(1, 4), "price": "49.90"}
                for _ in range(shuffled.randint(1, 3))
            ],
        }


def _purchases(shuffled: random.Random) -> Iterator[dict[str, object]]:
    for receipt in range(1, 241):
        total = f"{shuffled.uniform(5, 900):.2f}"
        yield {"id": receipt, "branch": shuffled.choice(("Bonn", "Kiel")), "total": total}


def _write(path: Path, lines: Iterable[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
