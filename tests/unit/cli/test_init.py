"""What `dativo init` writes validates as it is written, loads, and replaces nothing."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from dativo_core.cli import main


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    for name in ("DATIVO_ROOT", "DATIVO_LAKE", "DATIVO_SECRET_MANAGER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def dativo(*arguments: str):
    return CliRunner().invoke(main, list(arguments))


def done(*arguments: str) -> list[str]:
    """Return the paths that an `init` created; the last line says what to do next."""
    result = dativo("init", *arguments)
    assert result.exit_code == 0, result.output
    *created, following = result.stdout.splitlines()
    assert following.startswith("next: ")
    return [line.removeprefix("created ") for line in created]


def refused(*arguments: str) -> str:
    result = dativo("init", *arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    return result.stderr


def valid() -> bool:
    return dativo("validate", "--notes").stdout.endswith(": no problems\n")


def contents(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_new_workspace_validates_and_loads(here, monkeypatch):
    created = done("workspace", "lake")
    monkeypatch.chdir(here / "lake")
    assert sorted(created) == sorted(str(path.relative_to(here / "lake")) for path in contents(here / "lake"))
    assert dativo("validate", "--notes").stdout == "1 job, 1 contract: no problems\n"
    first = dativo("run", "--config", "jobs/acme/orders.yaml")
    assert (first.exit_code, "committed 3 rows" in first.stdout) == (0, True)
    assert "nothing new" in dativo("run", "--config", "jobs/acme/orders.yaml").stdout


def test_the_next_step_is_a_command_that_works(here):
    following = dativo("init", "workspace", "my lake").stdout.splitlines()[-1]
    assert following == "next: cd 'my lake' && dativo validate && dativo run --config jobs/acme/orders.yaml"


def test_tenants_jobs_and_contracts_can_be_added(here):
    done("workspace", ".", "--tenant", "north")
    assert done("tenant", "south") == ["data/south/orders/first.csv", "jobs/south/orders.yaml"]
    assert "jobs/north/returns.yaml" in done("job", "north", "returns")
    assert done("asset", "parcels") == ["assets/csv/v1.0/parcels.yaml"]
    assert done("job", "south", "parcels") == ["data/south/parcels/first.csv", "jobs/south/parcels.yaml"]
    assert dativo("validate", "--notes").stdout == "4 jobs, 3 contracts: no problems\n"
    assert dativo("run", "--job-dir", "jobs/south").exit_code == 0


@pytest.mark.parametrize("arguments", [("tenant", "acme"), ("job", "acme", "orders")])
def test_a_job_in_an_empty_directory_comes_with_all_it_needs(here, arguments):
    done(*arguments)
    assert valid()
    assert dativo("run", "--config", "jobs/acme/orders.yaml").exit_code == 0


def test_the_root_can_be_given(here):
    (here / "lake").mkdir()
    done("tenant", "acme", "--root", "lake")
    assert (here / "lake" / "jobs" / "acme" / "orders.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("workspace", "."), "is a workspace already"),
        (("tenant", "acme"), "'acme' has the same name as 'acme'"),
        (("tenant", "a_c-me"), None),
        (("job", "acme", "orders"), "jobs/acme/orders.yaml exists already"),
        (("asset", "orders"), "assets/csv/v1.0/orders.yaml exists already"),
    ],
)
def test_nothing_that_exists_is_changed(here, arguments, message):
    done("workspace", ".")
    before = contents(here)
    if message is None:
        done(*arguments)
        assert before.items() <= contents(here).items()
        return
    assert message in refused(*arguments)
    assert contents(here) == before


def test_own_recipes_and_contracts_are_used_as_they_are(here):
    done("asset", "orders")
    contract = here / "assets" / "csv" / "v1.0" / "orders.yaml"
    contract.write_text(contract.read_text().replace("name: state", "name: status"))
    before = contents(here)
    created = done("job", "acme", "orders")
    assert before.items() <= contents(here).items()
    assert "data/acme/orders/first.csv" not in created
    assert valid()


def test_names_that_are_the_same_for_tables_are_refused(here):
    done("job", "acme", "north-sea")
    assert "'north_sea' has the same name as 'north-sea.yaml'" in refused("job", "acme", "north_sea")
    done("tenant", "baltic-sea")
    assert "'baltic_sea' has the same name as 'baltic-sea'" in refused("tenant", "baltic_sea")
    assert valid()


@pytest.mark.parametrize("name", ["../up", "Acme", "", "a/b", "1st", "a b", "a" * 64])
@pytest.mark.parametrize("command", [("tenant",), ("job", "acme"), ("asset",)])
def test_a_name_that_cannot_be_one_is_refused_and_writes_nothing(here, command, name):
    assert "Use a lower-case letter" in refused(*command, name)
    assert contents(here) == {}


def test_a_place_that_cannot_be_written_is_an_error_with_a_remedy(here):
    (here / "assets").write_text("a file")
    assert "cannot be written" in refused("job", "acme", "orders")


def test_every_file_names_a_schema_that_exists_and_is_valid_by_it(here):
    done("workspace", ".")
    files = [path for path in contents(here) if path.suffix == ".yaml"]
    assert len(files) == 4
    for path in files:
        header = re.match(r"# yaml-language-server: \$schema=(\S+)\n", path.read_text())
        schema = json.loads((path.parent / header[1]).read_text())
        jsonschema.Draft202012Validator(schema).validate(yaml.safe_load(path.read_text()))


def test_a_contract_takes_its_columns_from_the_header_of_a_file(here):
    (here / "data" / "acme" / "visits").mkdir(parents=True)
    sample = here / "data" / "acme" / "visits" / "all.csv"
    sample.write_text('\ufeffid,"Visited: on",no,höhe,null\n1,2024-01-01,x,y,z\n', encoding="utf-8")
    done("asset", "visits", "--from", str(sample))
    done("job", "acme", "visits")
    assert valid()
    contract = yaml.safe_load((here / "assets/csv/v1.0/visits.yaml").read_text())
    columns = contract["schema"][0]["properties"]
    assert [(column["name"], column.get("physicalName")) for column in columns] == [
        ("id", None),
        ("visited_on", "Visited: on"),
        ("no", None),
        ("hohe", "höhe"),
        ("null", None),
    ]
    assert {column["logicalType"] for column in columns} == {"string"}
    assert "1 read, 1 written" in dativo("run", "--config", "jobs/acme/visits.yaml").stdout


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "names no columns"),
        (b",,\n", "names no columns"),
        (b"a,A\n", "'a' and 'A' would have the same name"),
        (b"a,--\n", "has no letter or digit"),
        (b"\xff\xfe,b\n", "cannot be read"),
        (None, "cannot be read"),
    ],
)
def test_a_header_that_names_no_columns_is_refused(here, content, message):
    if content is not None:
        (here / "sample.csv").write_bytes(content)
    before = contents(here)
    assert message in refused("asset", "visits", "--from", "sample.csv")
    assert contents(here) == before


def test_two_workspaces_are_written_alike(here):
    done("workspace", "one")
    done("workspace", "two")
    one, two = (
        {path.relative_to(here / name): text for path, text in contents(here / name).items()} for name in ("one", "two")
    )
    assert one == two
