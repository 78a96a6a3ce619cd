"""Keys and thresholds of a contract through Dagster: what its event log says of them."""

import dagster as dg
import pytest

from tests.dagster.test_run import ORDERS, QUARANTINE, evaluations, events, execute, failure, materialized, rows
from tests.dagster.workspaces import GOOD_ROWS, write_job, write_rows

AGAIN = "2,again@d.org,\n"
RULES = """\
    quality:
      - {rule: rowCount, mustBeBetween: [1, 4], name: A few rows, severity: SEVERITY}
"""
ON_AMOUNT = """\
        quality:
          - {rule: nullCheck, mustBeLessOrEqualTo: 50, unit: percent}
"""


def with_rules(root, severity="error", mode="warn"):
    write_job(root, mode=mode)
    contract = root / "assets" / "csv" / "v1.0" / "orders.yaml"
    text = contract.read_text().replace("    properties:\n", RULES.replace("SEVERITY", severity) + "    properties:\n")
    amount = "      - {name: amount, logicalType: number, physicalType: double}\n"
    assert amount in text
    block = "      - name: amount\n        logicalType: number\n        physicalType: double\n"
    contract.write_text(text.replace(amount, block + ON_AMOUNT))


def metadata(result, name):
    found = [event.asset_check_evaluation_data for event in events(result, "ASSET_CHECK_EVALUATION")]
    (one,) = [each.metadata for each in found if each.check_name == name]
    return {key: value.value for key, value in one.items()}


def test_a_repeated_key_is_quarantined_counted_and_its_check_warns(workspace, instance):
    write_job(workspace, mode="warn")
    write_rows(workspace, GOOD_ROWS + AGAIN)
    result = execute(workspace, instance)
    assert result.success
    assert materialized(result) == [ORDERS, QUARANTINE]
    assert (rows(workspace), rows(workspace, "orders__quarantine")) == (2, 1)
    assert evaluations(result)["contract__keys"] == (False, dg.AssetCheckSeverity.WARN)
    assert metadata(result, "contract__keys")["dativo/violations"] == 1
    assert "seeds/orders.csv:4: id: '2' is not unique" in str(metadata(result, "contract__keys")["dativo/samples"])


def test_in_strict_mode_a_repeated_key_publishes_nothing(workspace, instance):
    write_rows(workspace, GOOD_ROWS + AGAIN)
    result = execute(workspace, instance)
    assert not result.success
    assert materialized(result) == []
    assert evaluations(result)["contract__keys"] == (False, dg.AssetCheckSeverity.ERROR)
    assert failure(result).metadata["dativo/rows_rejected"].value == 1


def test_thresholds_that_hold_pass_with_their_numbers(workspace, instance):
    with_rules(workspace)
    result = execute(workspace, instance)
    assert evaluations(result)["a_few_rows"] == (True, dg.AssetCheckSeverity.WARN)
    found = metadata(result, "a_few_rows")
    assert (found["dativo/value"], found["dativo/operator"]) == (2, "mustBeBetween [1, 4]")
    share = metadata(result, "amount__null_values")
    assert (share["dativo/value"], share["dativo/unit"], share["dativo/violations"]) == (50, "percent", 1)


def test_a_threshold_of_the_table_counts_what_earlier_runs_loaded(workspace, instance):
    with_rules(workspace)
    assert execute(workspace, instance).success
    more = "id,email,amount\n5,a@b.org,1\n6,a@b.org,2\n7,a@b.org,3\n"
    (workspace / "seeds" / "orders_2.csv").write_text(more)
    result = execute(workspace, instance)
    assert not result.success
    assert metadata(result, "a_few_rows")["dativo/value"] == 5
    assert metadata(result, "a_few_rows")["dativo/rows_evaluated"] == 5


def test_a_threshold_that_does_not_hold_fails_the_run_without_a_materialization(workspace, instance):
    with_rules(workspace)
    write_rows(workspace, "1,a@b.org,1\n2,a@b.org,2\n3,a@b.org,3\n4,a@b.org,4\n")
    result = execute(workspace, instance)
    assert not result.success
    assert materialized(result) == []
    assert evaluations(result)["a_few_rows"] == (False, dg.AssetCheckSeverity.ERROR)
    assert evaluations(result)["amount__null_values"][0] is True
    assert "a_few_rows: 4 rows, not mustBeBetween [1, 4]" in failure(result).description


@pytest.mark.parametrize("severity", ["warning", "info"])
def test_a_threshold_that_only_warns_is_published_and_shown(workspace, instance, severity):
    with_rules(workspace, severity)
    write_rows(workspace, "1,a@b.org,1\n")
    result = execute(workspace, instance)
    assert result.success
    assert materialized(result) == [ORDERS]
    assert evaluations(result)["a_few_rows"] == (False, dg.AssetCheckSeverity.WARN)
    assert metadata(result, "a_few_rows")["dativo/note"].startswith("between-edge")


def test_every_rule_of_a_whole_load_has_a_result_after_a_commit(workspace, instance):
    with_rules(workspace)
    found = evaluations(execute(workspace, instance))
    assert {"contract__keys", "a_few_rows", "amount__null_values"} <= set(found)


QUERY = """\
    quality:
      - {type: sql, query: 'select max(amount) from ${object}', mustBeLessThan: LIMIT, severity: SEVERITY, name: Top}
      - {type: custom, engine: soda, implementation: x, name: Soda}
      - {type: text, description: Orders are of the shop., name: Of the shop}
"""


def with_query(root, limit=10, severity="error"):
    write_job(root)
    contract = root / "assets" / "csv" / "v1.0" / "orders.yaml"
    query = QUERY.replace("LIMIT", str(limit)).replace("SEVERITY", severity)
    contract.write_text(contract.read_text().replace("    properties:\n", query + "    properties:\n"))


def test_a_query_of_the_contract_is_a_check_with_its_value(workspace, instance):
    with_query(workspace)
    result = execute(workspace, instance)
    assert result.success
    assert evaluations(result)["top"] == (True, dg.AssetCheckSeverity.WARN)
    found = metadata(result, "top")
    assert (found["dativo/value"], found["dativo/operator"], found["dativo/rows_evaluated"]) == (
        1.5,
        "mustBeLessThan 10",
        2,
    )


def test_a_query_that_is_not_satisfied_fails_the_run_without_a_materialization(workspace, instance):
    with_query(workspace, limit=1)
    result = execute(workspace, instance)
    assert not result.success
    assert materialized(result) == []
    assert evaluations(result)["top"] == (False, dg.AssetCheckSeverity.ERROR)
    assert "top: 1.5, not mustBeLessThan 1" in failure(result).description


def test_a_query_that_only_warns_is_published_and_shown(workspace, instance):
    with_query(workspace, limit=1, severity="warning")
    result = execute(workspace, instance)
    assert materialized(result) == [ORDERS]
    assert evaluations(result)["top"] == (False, dg.AssetCheckSeverity.WARN)


def test_a_rule_for_a_foreign_engine_never_passes_and_a_text_is_no_check(workspace, instance):
    with_query(workspace)
    found = evaluations(execute(workspace, instance))
    assert found["soda"] == (False, dg.AssetCheckSeverity.WARN)
    assert "of_the_shop" not in found
