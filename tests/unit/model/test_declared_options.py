"""Settings as they are shown: no secret that was written out, every reference."""

from hypothesis import given
from hypothesis import strategies as st

from dativo_core.model.declared_options import DeclaredOptions, masked

NAMES = st.sampled_from(["password", "api_key", "client_secret", "token", "dsn"])
PLAIN = st.sampled_from(["host", "port", "tables", "options"])
SECRET = "s3cr3t-value"
trees = st.recursive(
    st.dictionaries(NAMES, st.just(SECRET), max_size=2),
    lambda inner: st.dictionaries(PLAIN, inner | st.lists(inner, max_size=2), max_size=3),
)


@given(trees)
def test_a_secret_is_masked_at_any_depth(tree):
    options = DeclaredOptions(settings=tree)
    assert SECRET not in options.model_dump_json()
    assert SECRET not in repr(options)


@given(trees)
def test_the_shape_of_the_settings_stays(tree):
    def shape(value):
        if isinstance(value, dict):
            return {key: shape(each) for key, each in value.items()}
        return [shape(each) for each in value] if isinstance(value, list) else None

    assert shape(masked(tree)) == shape(tree)


def test_references_are_shown():
    tree = {"password": "${PGPASSWORD}", "url": "https://u:${PASSWORD}@h/", "port": 5432, "token": ""}
    assert masked(tree) == tree


def test_a_default_behind_a_reference_is_masked():
    assert masked({"password": "${PGPASSWORD:-postgres}"}) == {"password": "[masked]"}
