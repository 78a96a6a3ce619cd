import dagster as dg

from dativo_dagster.checks import check_specs
from tests.dagster import plans

TABLE = dg.AssetKey(["acme", "orders"])
SPECS = {spec.name: spec for spec in check_specs(plans.stream(), TABLE)}


def test_every_rule_is_a_check_and_so_are_types_and_row_accounting():
    assert list(SPECS) == [
        "contract__types",
        "id__required",
        "email__pattern",
        "amount__minimum",
        "id__unique",
        "contract__row_accounting",
    ]


def test_only_a_rule_of_severity_error_blocks():
    blocking = {name for name, spec in SPECS.items() if spec.blocking}
    assert blocking == {"contract__types", "id__required", "email__pattern", "contract__row_accounting"}


def test_a_rule_that_is_not_executed_says_so():
    assert SPECS["id__unique"].description == "Not executed: id is unique"


def test_a_check_leads_to_its_line_in_the_contract():
    assert SPECS["email__pattern"].metadata["contract/path"] == "assets/csv/v1.0/orders.yaml:7"
