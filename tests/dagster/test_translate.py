import dagster as dg
import pytest

from dativo_core.odcs.about import About
from dativo_core.plan.types import CatalogPlan, TargetPlan
from dativo_dagster.compile import build_definitions
from dativo_dagster.translate import DativoTranslator
from tests.dagster import plans
from tests.dagster.workspaces import write_job, write_workspace


def spec_of(**stream_changes):
    plan = plans.plan(streams=(plans.stream(**stream_changes),))
    return DativoTranslator().get_asset_spec(plan, plan.streams[0])


def test_one_object_keeps_the_key_of_its_job():
    assert spec_of().key == dg.AssetKey(["acme", "orders"])


def test_several_objects_have_a_key_each():
    plan = plans.plan(job="shop", streams=(plans.stream("orders"), plans.stream("Käufer")))
    keys = [DativoTranslator().get_asset_spec(plan, stream).key.path for stream in plan.streams]
    assert keys == [["acme", "shop", "orders"], ["acme", "shop", "kaufer"]]


def test_the_quarantine_follows_its_table():
    plan = plans.plan()
    spec = DativoTranslator().get_quarantine_spec(plan, plan.streams[0])
    assert spec.key.path == ["acme", "orders__quarantine"]
    assert [dep.asset_key.path for dep in spec.deps] == [["acme", "orders"]]
    assert spec.metadata["dagster/table_name"] == "acme__sales.orders__quarantine"


def test_the_source_object_is_upstream():
    assert [dep.asset_key.path for dep in spec_of().deps] == [["sources", "acme", "csv", "orders"]]


@pytest.mark.parametrize(
    ("description", "first_line"),
    [
        ("Every order.\nSince 2020.", "Every order."),
        ("# Orders\n\nText.", "Orders"),
        ("", "Orders of the shop."),
    ],
)
def test_a_description_starts_with_a_plain_sentence(description, first_line):
    assert spec_of(description=description).description.splitlines()[0] == first_line


def test_without_any_description_the_object_is_named():
    assert spec_of(contract=plans.contract(description="")).description.startswith("Rows of `orders`, read from csv.")


@pytest.mark.parametrize(
    ("owner", "owners"),
    [
        ("a@b.org", ["a@b.org"]),
        ("Data Team", ["team:data_team"]),
        ("team:Finance", ["team:finance"]),
        ("???", []),
        (None, []),
    ],
)
def test_an_owner_is_an_address_or_a_team(owner, owners):
    assert list(spec_of(contract=plans.contract(owner=owner)).owners) == owners


def test_every_current_owner_is_named_once():
    about = About(owners=("a@b.org", "Shop Team", "team:shop team"))
    assert list(spec_of(contract=plans.contract(about=about)).owners) == ["a@b.org", "team:shop_team"]


def test_what_a_contract_says_in_several_parts_follows_the_first_sentence():
    about = About(usage="Join by id.", limitations="No tests.", links=(("tutorial", "https://x.example/a_(b)"),))
    contract = plans.contract(description="# All **orders** of the shop. Even *old* ones.\n\n- one\n", about=about)
    assert spec_of(contract=contract).description.split("\n\n")[:-1] == [
        "All orders of the shop.",
        "Even *old* ones.",
        "- one",
        "**Usage:** Join by id.",
        "**Limitations:** No tests.",
        "**Links:** [tutorial](<https://x.example/a_(b)>)",
    ]


def test_what_cannot_be_a_tag_as_it_is_written_is_only_metadata():
    words = {"cost_center": "CC 7", "project": "relaunch", "business_tags": ("shop", "two words")}
    spec = spec_of(contract=plans.contract(tags=(), data_product="Web Shop", finops=tuple(words.items())))
    assert {key: value for key, value in spec.tags.items() if not key.startswith("dagster/")} == {
        "domain": "sales",
        "finops/project": "relaunch",
        "shop": "",
        "tenant": "acme",
    }
    assert spec.metadata["contract/data_product"] == "Web Shop"
    assert spec.metadata["contract/finops"]["cost_center"] == "CC 7"
    assert spec.metadata["contract/finops"]["business_tags"] == ["shop", "two words"]


def test_a_column_made_from_another_object_of_the_job_has_that_lineage_and_says_the_rest():
    made = plans.column("email", made_from=("people.mail", "crm.accounts"), made_by="Lower case.")
    plan = plans.plan(streams=(plans.stream("orders", columns=(made,), rules=()), plans.stream("people")))
    metadata = DativoTranslator().get_asset_spec(plan, plan.streams[0]).metadata
    assert [
        (dep.asset_key.path[-1], dep.column_name) for dep in metadata["dagster/column_lineage"].deps_by_column["email"]
    ] == [
        ("orders", "email"),
        ("people", "mail"),
    ]
    (column,) = metadata["dagster/column_schema"].columns
    assert column.description == "Made from `people.mail`, `crm.accounts`. Lower case."


def test_a_translator_of_ones_own_changes_what_dagster_shows(tmp_path):
    class Shouting(DativoTranslator):
        def get_asset_spec(self, plan, stream):
            spec = super().get_asset_spec(plan, stream)
            return spec.replace_attributes(group_name="loud", kinds={"bullhorn"})

    root = write_workspace(tmp_path / "workspace")
    write_job(root)
    definitions = build_definitions(root, translator=Shouting())
    found = {spec.key.path[-1]: spec for spec in definitions.resolve_all_asset_specs() if spec.group_name == "loud"}
    assert list(found) == ["orders"]
    assert found["orders"].kinds == {"bullhorn"}


def test_a_label_that_is_no_tag_is_kept_as_metadata():
    spec = spec_of(contract=plans.contract(tags=("core", "größe", "dagster/x", "tenant")))
    assert spec.tags == {
        "core": "",
        "domain": "sales",
        "tenant": "acme",
        "dagster/kind/csv": "",
        "dagster/kind/iceberg": "",
    }
    assert spec.metadata["contract/tags"] == ["core", "größe", "dagster/x", "tenant"]


def test_the_column_schema_says_what_the_contract_says():
    schema = spec_of().metadata["dagster/column_schema"]
    columns = {column.name: column for column in schema.columns}
    assert [(column.name, column.type) for column in schema.columns] == [
        ("id", "long"),
        ("email", "string"),
        ("amount", "double"),
    ]
    assert columns["id"].description == "Number of the order."
    assert columns["id"].constraints == dg.TableColumnConstraints(nullable=False, other=["primary key 1"])
    assert columns["email"].constraints == dg.TableColumnConstraints(nullable=True, other=["pattern @"])
    assert columns["email"].tags == {"classification": "pii", "pii": "", "contact": ""}
    assert schema.constraints == dg.TableConstraints(other=["primary key (id)"])


def test_every_column_has_its_lineage():
    columns = (plans.column("id", source_name="Order No"),)
    lineage = spec_of(columns=columns, rules=()).metadata["dagster/column_lineage"]
    source = dg.AssetKey(["sources", "acme", "csv", "orders"])
    assert lineage.deps_by_column == {"id": [dg.TableColumnDep(source, "Order No")]}


def test_code_references_lead_to_the_job_and_its_contract():
    references = spec_of().metadata["dagster/code_references"].code_references
    assert [(ref.file_path, ref.line_number) for ref in references] == [
        ("/workspace/jobs/acme/orders.yaml", 1),
        ("/workspace/assets/csv/v1.0/orders.yaml", 1),
    ]


def test_the_storage_is_named():
    metadata = spec_of().metadata
    assert metadata["dagster/table_name"] == "acme__sales.orders"
    assert metadata["dagster/storage_kind"] == "iceberg"
    assert metadata["dagster/uri"] == "file:///workspace/.dativo/warehouse/acme__sales/orders"


def test_a_warehouse_behind_a_reference_is_not_shown():
    target = TargetPlan("iceberg", "iceberg", CatalogPlan("local", "${LAKE}"), 1, "zstd")
    plan = plans.plan(target=target)
    assert "dagster/uri" not in DativoTranslator().get_asset_spec(plan, plan.streams[0]).metadata


def test_unchecked_rules_are_counted():
    assert spec_of().metadata["contract/unchecked_rules"] == 1


def test_the_code_version_is_the_plan_digest():
    assert spec_of().code_version == plans.plan(streams=(plans.stream(),)).digest


def test_a_translator_can_be_replaced():
    class Renamed(DativoTranslator):
        def get_asset_spec(self, plan, stream):
            return super().get_asset_spec(plan, stream).replace_attributes(group_name="mine")

    plan = plans.plan()
    assert Renamed().get_asset_spec(plan, plan.streams[0]).group_name == "mine"
