"""Secrets as files of a tenant's directory."""

import json
import logging
import os
import pickle
import sys
import time
from collections.abc import Callable

import pytest

from dativo_core.errors import SecretError
from dativo_core.secrets.bundle import MAX_VALUES
from dativo_core.secrets.filesystem import MAX_FILE_BYTES, FilesystemStore
from dativo_core.secrets.load import open_store
from dativo_core.telemetry.redact import redact


@pytest.fixture
def acme(tmp_path):
    directory = tmp_path / "secrets" / "acme"
    directory.mkdir(parents=True)
    return directory


def found(directory, name):
    secret = FilesystemStore(directory.parent).lookup(directory.name, name)
    return secret.reveal() if secret else None


def test_a_text_file_is_its_trimmed_content(acme):
    (acme / "stripe_api_key").write_text("  sk_test_1\n")
    (acme / "api_key.txt").write_text("k$HOME 2\n")
    assert found(acme, "stripe_api_key") == "sk_test_1"
    assert found(acme, "api_key") == "k$HOME 2"


def test_pem_and_base64_stay_text(acme):
    pem = "-----BEGIN KEY-----\nAb+/=\n-----END KEY-----"
    (acme / "key.pem").write_text(pem)
    assert found(acme, "key") == pem


def test_json_parts_are_named_by_dots_and_the_whole_by_its_stem(acme):
    (acme / "db.json").write_text('{"user": "bob", "port": 5432, "tls": {"ca": "x y"}, "none": null}')
    assert found(acme, "db.user") == "bob"
    assert found(acme, "db.port") == "5432"
    assert found(acme, "db.tls.ca") == "x y"
    assert found(acme, "db.none") is None
    assert found(acme, "db").startswith("{")


def test_variables_of_env_files_answer_with_and_without_their_file(acme):
    (acme / "s3.env").write_text("export AWS_REGION='eu-1'\n")
    assert found(acme, "s3.AWS_REGION") == found(acme, "AWS_REGION") == "eu-1"


def test_one_variable_with_two_values_must_be_named_by_its_file(acme):
    (acme / "a.env").write_text("KEY=1")
    (acme / "b.env").write_text("KEY=2")
    with pytest.raises(SecretError, match=r"a and b.*\$\{secret:a\.KEY\} or \$\{secret:b\.KEY\}"):
        found(acme, "KEY")
    assert found(acme, "b.KEY") == "2"


def test_one_name_in_two_files_is_an_error_that_names_both(acme):
    (acme / "db.json").write_text("{}")
    (acme / "db.env").write_text("")
    with pytest.raises(SecretError, match=r"db\.env and .*db\.json"):
        found(acme, "db")


def test_dotfiles_and_directories_are_skipped(acme):
    (acme / ".hidden").write_text("x")
    (acme / "sub").mkdir()
    assert FilesystemStore(acme.parent).names("acme") == frozenset()


def test_a_missing_directory_is_empty_and_warned_about_once(tmp_path, caplog):
    store = FilesystemStore(tmp_path)
    assert store.lookup("acme", "x") is None
    assert store.lookup("acme", "y") is None
    assert [record.event_type for record in caplog.records] == ["secrets_warning"]


@pytest.mark.parametrize("tenant", ["../acme", "acme/../beta", "", ".", "Acme", "acme\n", "acme\0"])
def test_what_is_no_tenant_id_reaches_no_path(acme, tenant):
    with pytest.raises(SecretError, match="not a tenant id"):
        FilesystemStore(acme.parent).lookup(tenant, "x")


def test_a_link_to_another_tenants_secret_is_refused(acme):
    other = acme.parent / "beta"
    other.mkdir()
    (other / "key").write_text("canary")
    (acme / "key").symlink_to(other / "key")
    with pytest.raises(SecretError, match="leads out of") as caught:
        found(acme, "key")
    assert "canary" not in str(caught.value)


def test_a_tenants_directory_that_is_a_link_is_refused(acme):
    (acme.parent / "beta").symlink_to(acme)
    with pytest.raises(SecretError, match="is a link"):
        found(acme.parent / "beta", "key")


def test_links_within_the_directory_are_followed_as_mounted_secrets_need_it(acme):
    (acme / "..2026").mkdir()
    (acme / "..2026" / "key").write_text("v1")
    (acme / "..data").symlink_to("..2026")
    (acme / "key").symlink_to("..data/key")
    assert found(acme, "key") == "v1"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.json", b"{canary", "not valid JSON"),
        ("a.env", b"canary", r"a\.env:1: not a KEY=VALUE line"),
        ("a", b"\xffcanary", "not UTF-8"),
        ("a", b"x" * (MAX_FILE_BYTES + 1), "larger than"),
        ("a.json", b"[" * 100_000, "not valid JSON"),
    ],
)
def test_a_broken_file_is_an_error_with_its_name_and_without_its_content(acme, name, content, reason):
    (acme / name).write_bytes(content)
    with pytest.raises(SecretError, match=reason) as caught:
        found(acme, "a")
    assert "canary" not in str(caught.value)
    assert name in str(caught.value)


def test_a_pickled_store_holds_its_directory_and_no_value(acme):
    (acme / "key").write_text("canary-value")
    store = FilesystemStore(acme.parent)
    store.lookup("acme", "key")
    pickled = pickle.dumps(store)
    assert b"canary-value" not in pickled
    assert pickle.loads(pickled).lookup("acme", "key").reveal() == "canary-value"


def test_loading_is_logged_with_a_count_and_no_value(acme, caplog):
    caplog.set_level(logging.INFO, "dativo_core")
    (acme / "key").write_text("canary-value")
    (acme / "key").chmod(0o600)
    found(acme, "key")
    (record,) = caplog.records
    assert (record.event_type, record.secret_count) == ("secrets_loaded", 1)
    assert "canary-value" not in str(record.__dict__)


@pytest.mark.parametrize(("mode", "told"), [(0o600, False), (0o640, False), (0o604, True), (0o644, True)])
def test_secrets_that_everybody_on_the_machine_can_read_are_told(acme, caplog, mode, told):
    for directory in (acme, acme.parent):
        directory.chmod(0o755)
    (acme / "key").write_text("canary-value")
    (acme / "key").chmod(mode)
    assert found(acme, "key") == "canary-value"
    assert ("everybody on this machine can read the secrets key in" in caplog.text) is told


@pytest.mark.parametrize(("mode", "refused"), [(0o600, False), (0o640, True), (0o604, True)])
def test_in_cloud_mode_secrets_that_others_can_read_are_refused(acme, mode, refused):
    for directory in (acme, acme.parent):
        directory.chmod(0o755)
    (acme / "key").write_text("canary-value")
    (acme / "key").chmod(mode)
    store = open_store(acme.parent, mode="cloud")
    if not refused:
        assert store.lookup("acme", "key").reveal() == "canary-value"
        return
    with pytest.raises(
        SecretError, match=r"others on this machine can read the secrets key in .*chmod -R go= "
    ) as error:
        pickle.loads(pickle.dumps(store)).lookup("acme", "key")
    assert "canary" not in str(error.value)


def test_a_directory_that_nobody_else_may_enter_protects_what_is_in_it(acme, caplog):
    (acme / "key").write_text("canary-value")
    (acme / "key").chmod(0o644)
    acme.chmod(0o700)
    store = open_store(acme.parent, mode="cloud")
    assert store.lookup("acme", "key").reveal() == "canary-value"
    assert "can read" not in caplog.text


_swaps: list[tuple[str, Callable[[], object]]] = []


def _swap(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and _swaps and str(arguments[0]) == _swaps[-1][0]:
        _swaps.pop()[1]()


sys.addaudithook(_swap)


@pytest.mark.parametrize("kind", ["link", "named pipe"])
def test_a_file_that_is_swapped_between_look_and_opening_is_not_read(acme, kind):
    other = acme.parent / "other" / "api_key"
    other.parent.mkdir()
    other.write_text("of-the-other-tenant")
    own = acme / "api_key"
    own.write_text("of-acme")

    def swap() -> None:
        own.unlink()
        own.symlink_to(other) if kind == "link" else os.mkfifo(own)

    _swaps.append((str(own), swap))
    with pytest.raises(SecretError, match="was replaced by something else while it was read"):
        found(acme, "api_key")
    assert _swaps == []


HOSTILE = {
    "deep": ('{"a":' * 70 + "1" + "}" * 70, "more than 64 levels"),
    "deep lists": ("[" * 70 + "]" * 70, "more than 64 levels"),
    "too deep to read": ("[" * 100_000, "not valid JSON"),
    "long name of many values": (json.dumps({"k" * 500_000: dict.fromkeys(map(str, range(30_000)), "x")}), "a name of"),
    "many values": (json.dumps({f"k{n}": f"value-{n}" for n in range(20_000)}), "more than 10000 values"),
    "equal keys": ('{"a": "first-value", "a": "second-value"}', "has a key twice"),
    "endless number": (f'{{"a": {"9" * 5000}}}', "not valid JSON"),
}


@pytest.mark.parametrize(("text", "message"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_soon_and_without_its_values(acme, text, message):
    (acme / "db.json").write_text(text)
    begin = time.monotonic()
    with pytest.raises(SecretError, match=message) as refused:
        found(acme, "db.a")
    assert time.monotonic() - begin < 5
    assert not any(value in str(refused.value) for value in ("first-value", "second-value", "value-1"))


def test_thousands_of_secrets_are_loaded_in_seconds(acme):
    (acme / "many.env").write_text("\n".join(f"K{n}=secret-{n:05}" for n in range(MAX_VALUES)))
    begin = time.monotonic()
    assert found(acme, "K9999") == "secret-09999"
    assert time.monotonic() - begin < 10


def test_a_value_in_a_list_is_as_unprintable_as_any_other(acme):
    (acme / "db.json").write_text('{"keys": ["first-of-the-list", {"inner": "second-of-the-list"}]}')
    assert found(acme, "db.keys") is None
    assert redact("told first-of-the-list and second-of-the-list") == "told [REDACTED] and [REDACTED]"
