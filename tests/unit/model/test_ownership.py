"""Whose a place is, in whichever spelling."""

import pickle
import unicodedata
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.model.ownership import TenantBounds

BOUNDS = TenantBounds("acme", frozenset({"acme", "victim", "acme-west", "data"}))
PLAIN = st.text(st.sampled_from("abcxyz019._-"), min_size=1, max_size=8).filter(
    lambda name: name.strip("._-") and not BOUNDS.is_foreign(name) and not BOUNDS.is_own(name)
)


@pytest.mark.parametrize(
    "place",
    [
        "in/orders.csv",
        "in/victims/a.csv",
        "in/victim.csv",
        "victimised/a",
        "s3://lake/in/a.csv",
        "",
        "/",
        "acme-east/a",
        ".",
    ],
)
def test_a_place_that_names_no_tenant_is_nobodys(place):
    assert not BOUNDS.is_foreign(place)
    assert not BOUNDS.is_own(place)


@pytest.mark.parametrize(
    "place",
    ["in/acme/a.csv", "ACME/a", "s3://acme/victim/a", "acme/victim/a.csv", "tenant=acme/a", "lake/acme__sales/t"],
)
def test_the_first_tenant_that_a_path_names_has_it(place):
    assert not BOUNDS.is_foreign(place)
    assert BOUNDS.is_own(place)


@pytest.mark.parametrize("place", ["acme_west/a", "acme-west__sales/t", "victim__sales.db/t", "victim/acme/a"])
def test_a_place_of_another_tenant_is_foreign(place):
    assert BOUNDS.is_foreign(place)


def test_names_between_dots_count_where_dots_part_them():
    assert BOUNDS.is_foreign("dativo.victim.x", ".")
    assert not BOUNDS.is_foreign("dativo.victim.x")


def test_of_two_tenants_with_one_form_a_path_is_the_tenants_own():
    assert TenantBounds("acme_west", frozenset({"acme-west", "acme_west"})).is_own("data/acme-west/a")


def spellings(name):
    """Return ways to write a name that may be taken for it."""
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in name)
    return st.sampled_from(
        [
            name,
            name.upper(),
            name.title(),
            wide,
            quote(wide),
            "".join(f"%{ord(letter):02x}" for letter in name),
            "".join(f"%25{ord(letter):02x}" for letter in name),
            f"{name}.",
            f" {name} ",
            f"\u200f{name}",
            f"{name[0]}\u200d{name[1:]}",
            unicodedata.normalize("NFC", f"{name[:2]}\u0301{name[2:]}"),
            f"{name}\x00",
        ]
    )


@given(st.lists(PLAIN, max_size=3), spellings("victim"), st.lists(PLAIN, max_size=3))
def test_no_spelling_and_no_detour_hides_whose_a_path_is(before, name, behind):
    detours = [part for each in before for part in (each, "acme", "..")]
    for separator in ("/", "\\", "//", "/./", "%2f", "\uff0f"):
        assert BOUNDS.is_foreign(separator.join([*detours, name, *behind, "x"]))


@given(st.text())
def test_any_text_is_judged_and_never_both_own_and_foreign(text):
    assert not (BOUNDS.is_foreign(text) and BOUNDS.is_own(text))


def test_bounds_travel_to_other_processes():
    assert pickle.loads(pickle.dumps(BOUNDS)) == BOUNDS


LAYOUT = ("jobs", "assets", "connectors", "configs", "data", "secrets", "state")


@pytest.mark.parametrize("name", LAYOUT)
@pytest.mark.parametrize("before", ["", "/app/", "/", "file:///", "./"])
def test_a_tenant_that_is_called_like_a_directory_of_the_layout_takes_it_from_nobody(name, before):
    tenants = frozenset({*LAYOUT, "acme", "app"})
    other, own = TenantBounds("acme", tenants), TenantBounds(name, tenants)
    for below in ("acme/x", "v1.0/x", "x", "shared/x"):
        assert not other.is_foreign(f"{before}{name}/{below}")
    assert other.is_foreign(f"{before}{name}/{name}/x")
    assert own.is_own(f"{before}{name}/{name}/x")
    assert own.is_foreign(f"{before}{name}/acme/x")


@pytest.mark.parametrize(
    "place", ["s3://data/x", "gs://data/acme", "elsewhere/data/x", "data__shop/x", "%64ata/data/x"]
)
def test_what_is_named_after_such_a_tenant_elsewhere_is_its_own(place):
    assert TenantBounds("acme", frozenset({"acme", "data"})).is_foreign(place)


@pytest.mark.parametrize(("place", "separators"), [("data.orders", "."), ("data", "."), ("data/x", "/")])
def test_a_namespace_or_a_prefix_has_no_directories_of_the_layout(place, separators):
    assert TenantBounds("acme", frozenset({"acme", "data"})).is_foreign(place, separators)
