"""What `dativo validate` shows: source lines with carets, colours on terminals only, SARIF; and no secret in any of them."""

import json
import os
import pty
import re
import subprocess
import sys
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.cli.catalogue import catalogue
from dativo_core.cli.excerpt import MAX_COLUMNS, excerpt_lines
from dativo_core.cli.source_file import SourceFile
from dativo_core.model.finding import Finding, Severity
from dativo_core.telemetry.escape import escape_line

HEAD = """\
tenant_id: acme
source_connector_path: connectors/sources/csv.yaml
target_connector_path: connectors/targets/iceberg.yaml
asset_path: assets/csv/v1.0/orders.yaml
"""


def excerpt(text: str, line: int, key_path: str = "") -> list[str]:
    finding = Finding("a.yaml", line, key_path, "unknown-key", Severity.ERROR, "message", "Hint.")
    return excerpt_lines(finding, SourceFile(text.encode("utf-8", "surrogatepass")))


def marked(text: str, line: int, key_path: str = "") -> str:
    """Return what stands above the carets."""
    source, carets = excerpt(text, line, key_path)
    return source[carets.index("^") : len(carets)]


@pytest.mark.parametrize(
    ("text", "key_path", "expected"),
    [
        ("a: 1\nb: 2\n", "b", "b"),
        ("x: 0\nb: {one: 1, two: 2}\n", "b.two", "two"),
        ("x: 0\n'b': 2\n", "b", "'b'"),
        ("x: 0\nb: [{n: 1}, {n: 2}]\n", "b[1].n", "n"),
        ("x: 0\nb: [one, two]\n", "b[1]", "two"),
        ("x: 0\nb: {one: 1}\n", "b.missing", "b"),
        ("b: 1\nb: 2\n", "b", "b"),
        ("x: 0\n  broken: [\n", "", "broken"),
        ("x: 0\nb: {c: 1, c: 2}\n", "b.c", "c"),
        ("x: 0\n- broken\n", "", "-"),
    ],
)
def test_the_caret_stands_below_the_key(text, key_path, expected):
    assert marked(text, 2, key_path) == expected


def test_the_number_of_the_line_stands_before_it():
    assert excerpt("\n" * 9 + "name: 1\n", 10, "name") == ["  10 | name: 1", "     | ^^^^"]


@pytest.mark.parametrize(("text", "line"), [("", 1), ("a: 1\n", 5), ("a: 1\n\n", 2)])
def test_without_a_line_there_is_no_excerpt(text, line):
    assert excerpt(text, line) == []


def test_a_line_is_counted_as_yaml_counts_it():
    assert excerpt("a: 1\r\nb: 2\rc: 3\u2028d: 4\n", 4, "d")[0] == "  4 | d: 4"


def test_control_characters_are_escaped_and_the_caret_moves_along():
    source, _ = excerpt('x: "\u202e\x1b[31m"\ty: 1\n', 1)
    assert source == '  1 | x: "\\u202e\\x1b[31m"\\ty: 1'
    assert marked("{\t\ta: 1, b: 2}\n", 1, "b") == "b"


def test_a_caret_below_wide_characters_is_where_the_terminal_shows_the_key():
    source, carets = excerpt("{'表': 1, b: 2}\n", 1, "b")
    before = source[: source.index("b:")]
    width = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in before)
    assert carets.index("^") == width


def test_a_long_line_is_cut_around_its_caret():
    text = "{" + ", ".join(f"key{number}: {number}" for number in range(1000)) + "}\n"
    source, carets = excerpt(text, 1, "key500")
    assert len(source) < MAX_COLUMNS + 10
    assert source[carets.index("^") : len(carets)] == "key500"
    assert source.count("…") == 2


SECRET = "hunter2-AKIAQ"
STYLES = [
    "source:\n  connection:\n    s3:\n      access_key: {}\n",
    "source:\n  connection: {{s3: {{access_key: {}}}}}\n",
    "source:\n  connection: {{endpoint: a, access_key: {}}}\n",
    "source:\n  connection:\n    - {}\n",
    "source:\n  connection:\n  - {}\n",
    "source: {{connection: {{\n  access_key: {}}}}}\n",
    "{{connection: {{a: b,\naccess_key: {}}}}}\n",
    "credentials: {}\n",
    "credentials:\n  - type: {}\n    other: 1\n",
    "target:\n  connection_template:\n    broken: [{}\n",
    "password: {}\n",
    "some: {{api_key: {}, b: c}}\n",
    "url: postgres://user:{}@host/db\n",
    "'connection':\n\t\"access_key\": {}\n",
    "connection: {{a: {}}} # {0}\n",
    "connection:\n  a: ${{X:-{}}}\n",
    "connection:\n  # comment\n\n  a: [1, {}]\n",
    "connection:\n  a: 'x # {}'\n",
]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("quoted", ["{}", "'{}'", '"{}"'])
def test_no_line_shows_what_is_below_connections_and_credentials(style, quoted):
    text = style.replace("{}", "{0}").format(quoted.format(SECRET))
    for number in range(1, text.count("\n") + 1):
        shown = excerpt(text, number)
        assert all(SECRET not in line for line in shown)
        assert SECRET not in text.splitlines()[number - 1] or "[REDACTED]" in shown[0]


def test_a_key_that_was_pasted_without_indentation_is_hidden_in_the_broken_file():
    text = f"connection:\n  private_key: -----BEGIN KEY-----\n{SECRET}\n-----END KEY-----\nname: x\n"
    assert excerpt(text, 3)[0] == "  3 | [REDACTED]"
    assert excerpt(text, 4)[0] == "  4 | [REDACTED]"
    assert excerpt(text, 5)[0] == "  5 | name: x"


@given(
    st.text(st.characters(exclude_characters="\n\r\x85\u2028\u2029"), min_size=1, max_size=30),
    st.sampled_from(["plain", "flow", "item"]),
)
def test_whatever_stands_below_a_connection_is_hidden(secret, style):
    marker = f"S3CR3T{secret}S3CR3T"
    line = {"plain": f"  key: {marker}", "flow": f"  key: {{inner: {marker}, b: c}}", "item": f"  - {marker}"}[style]
    for number in range(1, 20):
        for shown in excerpt(f"connection:\n{line}\n", number):
            assert "S3CR3T" not in shown


def test_an_address_with_a_password_before_a_secret_key_is_hidden_too():
    text = f'catalog: {{type: local, uri: "https://u:{SECRET}@h/", token: {SECRET}}}\n'
    assert all(SECRET not in line for line in excerpt(text, 1))


def test_references_words_and_keys_of_a_connection_stay():
    text = 'connection: {endpoint: "${S3_ENDPOINT}", secure: false, bucket: lake}\n'
    assert excerpt(text, 1)[0] == '  1 | connection: {endpoint: "${S3_ENDPOINT}", secure: false, bucket: [REDACTED]}'


def test_ten_thousand_findings_of_one_file_are_shown_in_seconds():
    text = "connection:\n" + "".join(f"  key{number}: secret\n" for number in range(10_000))
    source = SourceFile(text.encode())
    started = time.process_time()
    for number in range(2, 10_002):
        finding = Finding("a", number, f"connection.key{number - 2}", "unknown-key", Severity.ERROR, "m", "h")
        assert excerpt_lines(finding, source)[0].endswith(": [REDACTED]")
    assert time.process_time() - started < 5


@given(st.binary(max_size=200), st.integers(0, 12), st.text(max_size=10))
def test_any_bytes_and_any_key_give_two_printable_lines_or_none(content, line, key_path):
    finding = Finding("a", line, key_path, "unknown-key", Severity.ERROR, "m", "h")
    shown = excerpt_lines(finding, SourceFile(content))
    assert len(shown) in {0, 2}
    assert all(escape_line(each) == each for each in shown)
    assert not shown or "^" in shown[1]


def test_the_line_of_a_link_out_of_the_workspace_is_not_shown(workspace, tmp_path_factory):
    secret = tmp_path_factory.mktemp("secrets") / "other.yaml"
    secret.write_text("not-yours\n")
    (workspace.root / "jobs" / "acme").mkdir(parents=True)
    (workspace.root / "jobs" / "acme" / "link.yaml").symlink_to(secret)
    shown = workspace.dativo("validate").stdout
    assert "jobs/acme/link.yaml:1: " in shown
    assert "not-yours" not in shown


def test_the_line_of_a_file_that_was_named_outside_the_workspace_is_shown(workspace, tmp_path_factory):
    job = tmp_path_factory.mktemp("elsewhere") / "job.yaml"
    job.write_text(f"{HEAD}tarhet: x\n")
    assert "  5 | tarhet: x\n" in workspace.dativo("validate", str(job)).stdout


def broken(workspace) -> str:
    return str(
        workspace.write("jobs/acme/a.yaml", f"{HEAD}tarhet: {{write_mode: append}}\nsource: {{files: [{{path: a}}]}}\n")
    )


def test_each_finding_is_followed_by_its_line(workspace):
    broken(workspace)
    lines = workspace.dativo("validate").stdout.splitlines()
    place = next(index for index, line in enumerate(lines) if line.startswith("jobs/acme/a.yaml:5: tarhet: "))
    assert lines[place + 1 : place + 3] == ["  5 | tarhet: {write_mode: append}", "    | ^^^^^^"]


def test_a_finding_about_a_directory_has_no_excerpt(workspace):
    (workspace.root / "jobs").mkdir()
    assert workspace.dativo("validate").stdout.splitlines()[0].endswith("[no-jobs] (warning)")


def in_terminal(workspace, **variables: str) -> str:
    """Return what `dativo validate` prints on a terminal."""
    leader, follower = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "TERM"}}
    command = [sys.executable, "-c", "from dativo_core.cli import main; main()", "validate"]
    subprocess.run(command, stdout=follower, cwd=workspace.root, env={**environment, "TERM": "xterm", **variables})
    os.close(follower)
    shown = os.read(leader, 65536).decode()
    os.close(leader)
    return shown


def test_a_terminal_gets_colours_unless_it_is_asked_not_to(workspace):
    broken(workspace)
    assert "\x1b[31m" in in_terminal(workspace)
    assert "\x1b" not in in_terminal(workspace, NO_COLOR="1")
    assert "\x1b" not in in_terminal(workspace, TERM="dumb")
    assert "\x1b" not in workspace.dativo("validate").stdout


def test_colours_change_no_letter(workspace):
    broken(workspace)
    plain = re.sub(r"\x1b\[\d*m", "", in_terminal(workspace)).replace("\r\n", "\n")
    assert plain == workspace.dativo("validate").stdout


def test_the_format_is_chosen_by_an_option(workspace):
    broken(workspace)
    text, as_json = (workspace.dativo("validate", "--output-format", form).stdout for form in ("text", "json"))
    assert text == workspace.dativo("validate").stdout
    assert as_json == workspace.dativo("validate", "--json").stdout


def test_two_formats_at_once_are_refused(workspace):
    result = workspace.dativo("validate", "--json", "--output-format", "sarif")
    assert result.exit_code == 2
    assert "--json and --output-format sarif contradict each other" in result.stderr


def test_an_error_before_anything_is_read_is_json_in_the_json_format(workspace):
    result = workspace.dativo("validate", "--root", "nowhere", "--output-format", "json")
    assert json.loads(result.stdout)["exit_code"] == 2


def sarif(workspace, *arguments: str) -> dict:
    return json.loads(workspace.dativo("validate", *arguments, "--output-format", "sarif").stdout)["runs"][0]


def test_sarif_has_a_rule_per_code_with_help_from_the_catalogue(workspace):
    broken(workspace)
    run = sarif(workspace)
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert run["tool"]["driver"]["name"] == "dativo"
    assert {result["ruleId"] for result in run["results"]} == set(rules)
    told = catalogue()["unknown-key"]
    assert rules["unknown-key"]["fullDescription"]["text"] == f"{told.why} {told.fix}"
    assert f"```yaml\n{told.wrong}```" in rules["unknown-key"]["help"]["markdown"]


def test_sarif_names_file_line_column_and_key(workspace):
    broken(workspace)
    run = sarif(workspace)
    (result,) = [each for each in run["results"] if each["ruleId"] == "unknown-key"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "unknown-key"
    assert result["level"] == "error"
    (location,) = result["locations"]
    assert location["logicalLocations"] == [{"fullyQualifiedName": "tarhet"}]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "jobs/acme/a.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 5, "startColumn": 1, "endColumn": 7},
    }


def test_a_workspace_without_problems_is_a_run_without_results(workspace):
    workspace.job()
    run = sarif(workspace)
    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])


def test_the_fingerprint_stays_when_lines_are_added_above(workspace):
    path = broken(workspace)
    before = {result["partialFingerprints"]["dativoFinding/v1"] for result in sarif(workspace)["results"]}
    with open(path) as file:
        text = file.read()
    workspace.write("jobs/acme/a.yaml", f"# one more line\n{text}")
    assert {result["partialFingerprints"]["dativoFinding/v1"] for result in sarif(workspace)["results"]} == before


def test_addresses_are_relative_to_the_checkout_the_command_runs_in(workspace, monkeypatch):
    broken(workspace)
    monkeypatch.chdir(workspace.root.parent)
    (result,) = [
        each for each in sarif(workspace, "--root", workspace.root.name)["results"] if each["level"] == "error"
    ]
    address = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert address == f"{workspace.root.name}/jobs/acme/a.yaml"


def test_notes_are_in_sarif_on_demand(workspace):
    workspace.job()
    with (workspace.root / "assets/csv/v1.0/orders.yaml").open("a") as contract:
        contract.write("compliance: {retention_days: 365}\n")
    assert sarif(workspace)["results"] == []
    assert [result["level"] for result in sarif(workspace, "--notes")["results"]] == ["note"]
