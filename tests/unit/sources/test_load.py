"""Which source types have code."""

from dataclasses import replace
from pathlib import Path

import pytest

from dativo_core.errors import ConfigError
from dativo_core.plan.build import plan_job
from dativo_core.rules.connectors import IMPLEMENTED
from dativo_core.sources.load import IMPLEMENTATIONS, open_source
from tests.support import boundary

EXAMPLE = Path(__file__).parents[2] / "examples" / "valid" / "declared_not_implemented"


def test_the_rules_and_the_code_agree_on_what_is_implemented():
    assert {(name, "source") for name in IMPLEMENTATIONS} == {each for each in IMPLEMENTED if each[1] == "source"}


@pytest.mark.parametrize("source_type", ["postgres", "stripe", "azure_blob"])
def test_opening_a_source_without_code_says_so_by_name(source_type):
    plan = plan_job(EXAMPLE, Path("jobs/acme/orders.yaml")).plan
    assert plan is not None
    with pytest.raises(ConfigError, match=f"the source type '{source_type}' is declared in the registry, not impl"):
        open_source(
            replace(plan.source, type=source_type), plan.streams[0], boundary(EXAMPLE), lambda text, _place: text
        )
