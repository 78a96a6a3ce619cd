"""Our schema of ODCS v3.0.2 gives the verdicts of an independent one, that of datacontract-cli, on thousands of contracts.

The package is installed alone, without what it depends on, into a directory of its own: only its schema file is read.
"""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from jsonschema import Draft201909Validator
from referencing import Registry
from uv import find_uv_bin

from dativo_core.odcs.json_schema import is_valid
from tests.odcs.documents import random_document, samples
from tests.odcs.mutations import mutated, mutations

ROOT = Path(__file__).parents[2]
PACKAGES = ROOT / ".cache" / "odcs-peer"
PINNED = ROOT / "requirements" / "odcs-peer.txt"
SCHEMA = PACKAGES / "datacontract" / "schemas" / "odcs-3.0.2.schema.json"
RANDOM_CONTRACTS = 1500

Verdict = Callable[[Any], bool]


@pytest.fixture(scope="module")
def peer() -> Verdict:
    """The other schema's verdict; without its package the test is skipped, or fails where services are required."""
    if not _is_installed():
        told = _install()
        if told is not None:
            pytest.fail(told) if os.environ.get("DATIVO_TEST_REQUIRE_SERVICES") == "1" else pytest.skip(told)
    schema = json.loads(SCHEMA.read_text())
    assert schema["$schema"] == "https://json-schema.org/draft/2019-09/schema"
    return Draft201909Validator(schema, registry=Registry()).is_valid


def _is_installed() -> bool:
    installed = PACKAGES / PINNED.name
    return installed.exists() and installed.read_bytes() == PINNED.read_bytes()


def _install() -> str | None:
    """Install the pinned package; None when that worked, else what to do."""
    shutil.rmtree(PACKAGES, ignore_errors=True)
    command = [find_uv_bin(), "pip", "install", "--quiet", "--python", sys.executable, "--target", str(PACKAGES)]
    command += ["--no-deps", "--require-hashes", "--requirement", str(PINNED)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        return (
            "datacontract-cli, whose schema is compared with ours, could not be fetched: run this test once with access to "
            f"the package index; it keeps the package in .cache/odcs-peer. {result.stderr.strip().splitlines()[-1:]}"
        )
    shutil.copy(PINNED, PACKAGES)
    return None


def has_named_duckdb_schema(data: dict[str, Any]) -> bool:
    """The prose gives the schema of a DuckDB server a name, the other schema only a whole number; ours takes both."""
    servers = [each for each in data.get("servers", []) if isinstance(each, dict) and each.get("type") == "duckdb"]
    return any(isinstance(each.get("schema"), str) for each in servers)


DEVIATIONS: dict[str, Callable[[dict[str, Any]], bool]] = {"duckdb-schema-is-a-name": has_named_duckdb_schema}
"""Every reason for which the two may disagree. Then ours accepts and the other refuses."""


def sweep() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every change in one place of small contracts that together hold every key."""
    for sample in samples():
        yield sample.name, sample.data
        for mutation in mutations(sample.data, sample.focus):
            yield f"{sample.name}: {mutation}", mutation.of(sample.data)


def random_contracts() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield random valid contracts, each followed by one that differs from it in a few places."""
    for seed in range(RANDOM_CONTRACTS):
        random = Random(seed)
        data = random_document(random)
        yield f"random {seed}", data
        yield f"random {seed}, changed", mutated(data, random)


def compared(contracts: Iterable[tuple[str, dict[str, Any]]], peer: Verdict) -> Counter[str]:
    """Return how many contracts both accept, both refuse, and disagree on for each known reason; fails on any other."""
    counted: Counter[str] = Counter()
    for name, data in contracts:
        ours, theirs = is_valid(data), peer(data)
        if ours is theirs:
            counted["accepted" if ours else "refused"] += 1
            continue
        reason = next((each for each, applies in DEVIATIONS.items() if applies(data)), None)
        assert reason is not None, f"{name}: we {'accept' if ours else 'refuse'}, they do not: {json.dumps(data)}"
        assert ours
        counted[reason] += 1
    return counted


def test_both_schemas_agree_on_every_change_of_every_key(peer: Verdict) -> None:
    counted = compared(sweep(), peer)
    assert counted["accepted"] > 1000
    assert counted["refused"] > 5000
    assert set(counted) == {"accepted", "refused", *DEVIATIONS}, "a deviation is listed that does not occur"


def test_both_schemas_agree_on_random_contracts(peer: Verdict) -> None:
    counted = compared(random_contracts(), peer)
    assert counted["accepted"] > RANDOM_CONTRACTS
    assert counted["refused"] > RANDOM_CONTRACTS / 2
