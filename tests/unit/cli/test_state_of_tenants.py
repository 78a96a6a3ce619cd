"""The state commands of one tenant neither read nor write a file of another, nor where tables and secrets are kept."""

import json

import pytest

from tests.canary import kept_in, leaks, new_word

WHY = ("--reason", "moving", "--yes")
SECRETS = ("--secrets-dir", "secrets")
OTHERS = (
    "data/other/state.json",
    "secrets/other/login.json",
    "jobs/other/../../data/other/state.json",
    "data/mine.json",
)


@pytest.fixture
def two(workspace):
    """Two tenants; acme has loaded, and a link in its directory leads to a file of the other."""
    workspace.canary = new_word("State")
    kept_in(workspace.root / "data" / "other")
    workspace.job(tenant="other")
    workspace.path = workspace.job()
    kept = json.dumps({workspace.canary: 1, "file_a": {"last_modified": workspace.canary}})
    for name in ("data/other/state.json", "secrets/other/login.json"):
        workspace.write(name, kept)
    workspace.root.joinpath("data/mine.json").symlink_to("other/state.json")
    assert workspace.dativo("run", "--config", workspace.path, *SECRETS).exit_code == 0
    return workspace


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("is_absolute", [False, True], ids=["relative", "absolute"])
def test_a_file_of_another_tenant_is_not_imported(two, name, is_absolute):
    path = str(two.root / name) if is_absolute else name
    told = two.dativo("state", "import", path, "--config", two.path, *SECRETS, *WHY)
    assert (told.exit_code, "leads to a place of another tenant" in told.output) == (2, True), told.output
    assert leaks([two.canary], told.output) == []


@pytest.mark.parametrize("name", OTHERS)
def test_an_export_does_not_replace_a_file_of_another_tenant(two, name):
    before = (two.root / name).read_bytes()
    told = two.dativo("state", "export", "--config", two.path, *SECRETS, "--output", name)
    assert (told.exit_code, "leads to a place of another tenant" in told.output) == (2, True), told.output
    assert (two.root / name).read_bytes() == before


@pytest.mark.parametrize("name", ["lake/catalog.db", "lake/warehouse/x.json", "secrets/acme/x.json"])
def test_an_export_goes_nowhere_where_tables_or_secrets_are_kept(two, name):
    two.root.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
    told = two.dativo("state", "export", "--config", two.path, *SECRETS, "--output", name)
    assert (told.exit_code, "lies where tables, secrets or runs are kept" in told.output) == (2, True), told.output
    assert two.dativo("state", "show", "--config", two.path, *SECRETS).exit_code == 0


def test_nothing_is_read_or_written_where_dagster_keeps_runs(two, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", str(two.root / "home"))
    two.write("home/storage/run.json", "{}")
    for arguments in (("export", "--output", "home/dagster.yaml"), ("import", "home/storage/run.json", *WHY)):
        told = two.dativo("state", *arguments, "--config", two.path, *SECRETS)
        assert (told.exit_code, "lies where tables, secrets or runs are kept" in told.output) == (2, True), told.output
    path = two.job(files="home/storage/*.json")
    told = two.dativo("run", "--config", path, *SECRETS)
    assert (told.exit_code, "lies where tables, secrets or runs are kept" in told.output) == (2, True), told.output


@pytest.mark.parametrize("name", ["acme.json", "state/acme/orders.json", "../elsewhere.json"])
def test_an_export_goes_to_a_place_of_its_own_or_of_nobody_and_comes_back(two, name):
    two.root.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
    told = two.dativo("state", "export", "--config", two.path, *SECRETS, "--output", name)
    assert told.exit_code == 0, told.output
    again = two.dativo("state", "import", name, "--config", two.path, *SECRETS, *WHY)
    assert (again.exit_code, "remembers all of this already" in again.output) == (0, True), again.output


def test_an_export_for_the_terminal_has_no_letters_that_steer_it(two):
    strange = "in/orders-\u202e\u009b31m.csv"
    two.write(strange, "id,city\n9,Bern\n")
    assert two.dativo("run", "--config", two.path, *SECRETS).exit_code == 0
    told = two.dativo("state", "export", "--config", two.path, *SECRETS).stdout
    assert told.isascii()
    files = json.loads(told)["streams"][0]["state"]["files"]
    assert strange in json.dumps(files, ensure_ascii=False)
