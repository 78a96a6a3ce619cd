from dativo_core.model.registry import RegistryFile, registry


def test_version_2_roles_come_from_the_maps_and_a_type_in_both_has_both():
    file = RegistryFile.model_validate({"version": 2, "sources": {"csv": {}, "s3": {}}, "targets": {"s3": {}}})
    known = registry("registry.yaml", file)
    assert known.roles("csv") == ("source",)
    assert known.roles("s3") == ("source", "target")
    assert known.types == ("csv", "s3")


def test_version_3_entries_have_roles():
    file = RegistryFile.model_validate({"version": 3, "connectors": {"csv": {"roles": ["source", "target"]}}})
    known = registry("registry.yaml", file)
    assert known.roles("csv") == ("source", "target")
    assert known.entry("csv", "source") is not None
    assert known.roles("nope") == ()
