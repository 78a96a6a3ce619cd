from dativo_core.model.job import Job
from dativo_core.model.policy import Policy
from dativo_core.model.recipe import Recipe
from dativo_core.workspace.read_yaml import parse_document
from dativo_core.workspace.validate import Validated, validate


def job(text: str) -> Validated[Job]:
    document = parse_document("job.yaml", text.encode()).document
    assert document is not None
    return validate(Job, document.data, document)


def told(text: str) -> str:
    return "\n".join(str(finding) for finding in job(text).findings)


def test_an_unquoted_number_is_text_as_it_was_spelt():
    model = job("tenant_id: acme\nname: 1.10\nschedule: {cron: '@daily', tags: {build: 007, n: 5}}").model
    assert model is not None
    assert model.name == "1.10"
    assert model.schedule is not None
    assert model.schedule.tags == {"build": "007", "n": "5"}


def test_a_boolean_is_no_text():
    assert "expected text, found true or false. Put quotes around it." in told("tenant_id: true")


def test_a_missing_key_is_placed_at_its_parent():
    text = told("tenant_id: a\nsource:\n  tables:\n    - {object: x}\n")
    assert text.startswith("job.yaml:4: source.tables[0].name: required key 'name' is missing")


def test_an_unknown_key_names_the_nearest_one_of_its_own_section():
    text = told("tenant_id: a\nsource:\n  files:\n    - {pth: x}\n")
    assert text == "job.yaml:4: source.files[0].pth: unknown key 'pth'. Did you mean 'path'? [unknown-key]"


def test_a_key_of_the_format_that_does_nothing_is_not_silently_ignored():
    assert "'publish' is not implemented in this version" in told("tenant_id: a\ntarget: {publish: x}")


def test_a_superseded_key_says_where_to_move():
    assert "Move what is below it to 'source'." in told("tenant_id: a\nsource_overrides: {}")


def test_an_unknown_key_does_not_hide_the_rest_of_the_file():
    result = job("tenant_id: acme\ntabel: x")
    assert [finding.code for finding in result.findings] == ["unknown-key"]
    assert result.model is not None
    assert result.model.tenant_id == "acme"


def test_all_problems_of_a_file_are_told_at_once():
    findings = job("tenant_id: []\nmax_rejects: -1\nsource: 5\nschema_validation_mode: strickt\n").findings
    assert {(f.line, f.code) for f in findings} == {
        (1, "wrong-type"),
        (2, "out-of-range"),
        (3, "wrong-type"),
        (4, "not-allowed"),
    }
    assert "Did you mean 'strict'?" in {f.hint for f in findings}


def test_a_value_that_may_be_a_secret_is_never_shown():
    text = (
        "tenant_id: a\n"
        "source: {credentials: {type: [s3cret]}, connection: s3cret}\n"
        "target: {credentials: {from_env: {p: s3cret}}}"
    )
    assert "s3cret" not in told(text)
    assert len(job(text).findings) == 3


def test_a_text_may_stand_for_a_list_or_a_catalog():
    model = job("tenant_id: a\nsource: {objects: orders}\ntarget: {catalog: local, partitioning: ingest_date}").model
    assert model is not None
    assert model.source.objects == ("orders",)
    assert model.target.catalog is not None
    assert model.target.catalog.type == "local"


def test_every_field_of_a_model_has_a_meaning():
    for model in (Job, Recipe):
        assert all(field.description for field in model.model_fields.values())


def test_a_list_or_a_mapping_where_one_value_is_expected_is_not_to_be_quoted():
    assert "tenant_id: expected text, found a list. Write one value, not a list." in told("tenant_id: [a, b]")
    assert "name: expected text, found a mapping. Write one value, not a mapping." in told("tenant_id: a\nname: {a: b}")
    assert "max_rejects: expected a whole number, found a list. Write one" in told("tenant_id: a\nmax_rejects: [1]")


def test_a_hint_names_no_value_that_is_not_implemented():
    text = told("tenant_id: a\ntarget: {write_mode: upsert}")
    assert "Use one of: append, delete_insert, overwrite." in text
    assert "Did you mean" not in told("tenant_id: a\ntarget: {write_mode: scd}")


def test_a_host_that_is_none_is_told_at_its_place_in_the_list():
    document = parse_document("policy.yaml", b"allowed_hosts: [x.com, 'https://y.com']\n").document
    assert document is not None
    (found,) = validate(Policy, document.data, document).findings
    assert str(found) == (
        "policy.yaml:1: allowed_hosts[1]: 'https://y.com' is more than a host: write y.com. "
        "Change the value of 'allowed_hosts[1]'. [wrong-value]"
    )
