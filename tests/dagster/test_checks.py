from dataclasses import replace

import dagster as dg

from dativo_core.odcs.contract import CheckSeverity, Metric, MetricRule, RuleScope, SqlQuery, UnexecutedRule
from dativo_core.odcs.thresholds import Operator, Threshold
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


def test_what_columns_state_of_themselves_is_one_check_per_kind():
    rules = tuple(replace(rule, is_constraint=True) for rule in plans.RULES)
    names = [spec.name for spec in check_specs(plans.stream(rules=rules, unexecuted_rules=()), TABLE)]
    assert names == ["contract__types", "contract__required", "contract__constraints", "contract__row_accounting"]


def test_a_query_is_a_check_that_shows_it():
    query = SqlQuery('select max(amount) from "orders"')
    below = Threshold(Operator.LESS_THAN, (10,))
    told = ("", CheckSeverity.ERROR, "Top.", plans.ORIGIN, query, RuleScope.TABLE)
    rule = MetricRule("top", Metric.SQL, (), (), (below,), *told)
    (spec,) = (each for each in check_specs(plans.stream(metric_rules=(rule,)), TABLE) if each.name == "top")
    assert (spec.metadata["contract/query"], spec.metadata["contract/scope"]) == (query.text, "table")
    assert (spec.metadata["contract/operator"], spec.blocking) == ("mustBeLessThan 10", True)


def test_text_for_people_is_no_check():
    text = UnexecutedRule("be_nice", "Be nice.", plans.ORIGIN, is_text=True)
    assert "be_nice" not in [spec.name for spec in check_specs(plans.stream(unexecuted_rules=(text,)), TABLE)]
