"""A job that names a data catalog lands its rows, and everybody is told that nothing was pushed."""

import json

import pytest

SECRET = "eyJhbGciOi-very-secret"
CATALOG = """\
catalog:
  type: openmetadata
  connection: {{api_url: "https://metadata.example.com/api", auth_token: {token}}}
  database: shop
  table_name: orders
  push_metadata: {metadata}
  push_lineage: {lineage}
"""
SAYS = "not pushed to openmetadata in this version; the table lands without it"


@pytest.fixture
def with_catalog(workspace):
    """Write the job `orders` with a data catalog, and return its path."""

    def write(token: str = '"${secret:openmetadata.token}"', metadata: str = "true", lineage: str = "true") -> str:
        path = workspace.job()
        text = CATALOG.format(token=token, metadata=metadata, lineage=lineage)
        workspace.write(path, (workspace.root / path).read_text() + text)
        return path

    return write


def events(result):
    return [json.loads(line) for line in result.stderr.splitlines()]


def test_it_is_valid_with_a_warning(workspace, with_catalog):
    result = workspace.dativo("validate", with_catalog())
    assert result.exit_code == 0, result.output
    assert f"metadata and lineage are {SAYS}" in result.stdout


def test_its_run_lands_the_rows_and_tells_the_truth_once_more(workspace, with_catalog):
    result = workspace.dativo("run", "--config", with_catalog(), "--json")
    assert result.exit_code == 0, result.output
    (stream,) = json.loads(result.stdout)["jobs"][0]["report"]["streams"]
    assert (stream["counts"]["written"], stream["warnings"]) == (2, [f"metadata and lineage are {SAYS}"])
    (event,) = [each for each in events(result) if each["event_type"] == "catalog_push_failed"]
    assert (event["level"], event["message"]) == ("WARNING", stream["warnings"][0])
    assert not any(each["event_type"] == "catalog_metadata_pushed" for each in events(result))


def test_the_summary_shows_it(workspace, with_catalog):
    result = workspace.dativo("run", "--config", with_catalog(lineage="false"))
    assert f"warning: metadata is {SAYS}" in result.output


def test_a_run_that_lands_nothing_says_nothing_of_it(workspace, with_catalog):
    path = with_catalog()
    workspace.dativo("run", "--config", path)
    assert "catalog_push_failed" not in workspace.dativo("run", "--config", path).stderr


def test_whoever_asks_for_no_push_is_not_warned(workspace, with_catalog):
    path = with_catalog(metadata="false", lineage="false")
    assert "not pushed" not in workspace.dativo("validate", "--notes", path).output
    result = workspace.dativo("run", "--config", path, "--json")
    assert (result.exit_code, "not pushed" in result.output) == (0, False)


def test_a_secret_that_is_written_out_is_warned_of_and_shown_nowhere(workspace, with_catalog):
    path = with_catalog(token=SECRET)
    for command in (("validate", path), ("validate", "--json", path), ("plan", path), ("plan", "--json", path)):
        result = workspace.dativo(*command)
        assert (result.exit_code, SECRET in result.output) == (0, False)
    assert "[secret-inline]" in workspace.dativo("validate", path).output
    assert "[masked]" in workspace.dativo("plan", path).output


def test_its_plan_shows_every_setting_with_its_line_and_references_as_they_are(workspace, with_catalog):
    lines = [line.split() for line in workspace.dativo("plan", with_catalog()).output.splitlines()]
    place = "jobs/acme/orders.yaml"
    connection = "catalog_push.connection.settings"
    for wanted in (
        ["catalog_push.type", "openmetadata", f"{place}:10"],
        ["catalog_push.database", "shop", f"{place}:12"],
        [f"{connection}.api_url", "https://metadata.example.com/api", f"{place}:11"],
        [f"{connection}.auth_token", "${secret:openmetadata.token}", f"{place}:11"],
        ["catalog_push.lineage", "true", f"{place}:15"],
    ):
        assert wanted in lines


def test_what_is_done_is_the_same_with_and_without_it(workspace, with_catalog):
    digest = workspace.report("plan", workspace.job())["digest"]
    assert workspace.report("plan", with_catalog())["digest"] == digest


def test_its_address_may_be_private_where_the_operator_says_so(workspace, with_catalog):
    path = with_catalog()
    text = (workspace.root / path).read_text().replace("https://metadata.example.com", "http://om.internal:8585")
    workspace.write(path, text)
    assert "only https is allowed" in workspace.dativo("validate", path).output
    workspace.write("configs/policy.yaml", "network: {allowed_hosts: [om.internal]}\n")
    assert workspace.dativo("validate", path).exit_code == 0
