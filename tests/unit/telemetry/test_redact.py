"""The redactor: secrets go, in every form they may take; labels, paths and hashes stay."""

import base64
import json
import logging
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.telemetry import redact
from dativo_core.telemetry.redact import REDACTED, RedactingFilter, clean, clean_text, is_secret_name, register


@pytest.fixture(autouse=True)
def _no_registered_values(monkeypatch):
    monkeypatch.setattr(redact, "_forms", frozenset())


def registered(*values):
    for value in values:
        register(value)
    return redact.redact


def test_a_registered_value_goes_and_the_rest_of_the_text_stays():
    text = registered("hunter2-canary")("login as bob with hunter2-canary at /data/acme")
    assert text == f"login as bob with {REDACTED} at /data/acme"


@pytest.mark.parametrize(
    "form",
    [
        lambda v: quote(v, safe=""),
        lambda v: base64.b64encode(v.encode()).decode(),
        lambda v: base64.urlsafe_b64encode(v.encode()).decode().rstrip("="),
        lambda v: json.dumps(v),
        lambda v: repr(v),
        lambda v: f"{v[:5]}\n    {v[5:]}",
        lambda v: f"{v[:3]}\r\n{v[3:9]}\n{v[9:]}",
    ],
)
def test_a_value_is_found_in_every_form(form):
    secret = "p@ss/wörd\"x'1?"
    text = registered(secret)(f"<{form(secret)}>")
    assert REDACTED in text
    assert "rd" not in text
    assert text.startswith("<")


def test_overlapping_secrets_leave_no_rest_of_either():
    assert registered("abcdef", "defghi")("x abcdefghi y") == f"x {REDACTED} y"


def test_the_longer_of_two_nested_secrets_leaves_no_rest():
    assert registered("base", "base-and-more")("base-and-more") == REDACTED


def test_short_values_and_plain_words_are_not_searched_for():
    assert registered("abc", "true", "")("abc is true") == "abc is true"


def test_each_line_of_a_private_key_is_a_secret_of_its_own():
    line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"
    text = registered(f"-----BEGIN PRIVATE KEY-----\n{line}\n-----END PRIVATE KEY-----")(f"bad key data: {line}")
    assert text == f"bad key data: {REDACTED}"


@given(
    st.text(min_size=4).filter(lambda v: len(v.strip()) >= 4 and v.lower() not in {"true", "false", "none", "null"}),
    st.text(alphabet="xyz \n", max_size=9),
)
def test_no_registered_value_survives_wherever_it_stands(secret, around):
    redact._forms = frozenset()
    assert secret.strip() not in registered(secret)(f"{around}{secret}{around}").replace(REDACTED, "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgres://bob:s3cr3t@db:5432/x", f"postgres://bob:{REDACTED}@db:5432/x"),
        ("postgres://bob:p@ss@db/x", f"postgres://bob:{REDACTED}@db/x"),
        ("Authorization: Bearer abcdef0123456789", f"Authorization: Bearer {REDACTED}"),
        ("host=db password=s3cr3t user=bob", f"host=db password={REDACTED} user=bob"),
        ("{'api_key': 'abc def', 'n': 1}", f"{{'api_key': '{REDACTED}', 'n': 1}}"),
        ('{"token": "a\\"b"}', f'{{"token": "{REDACTED}"}}'),
        ('{"token": 12345678}', f'{{"token": "{REDACTED}"}}'),
        ('{"token": null, "secrets": {"a": 1}}', '{"token": null, "secrets": {"a": 1}}'),
        (r'{"body": "{\"token\": \"abc\"}"}', rf'{{"body": "{{\"token\": \"{REDACTED}\"}}"}}'),
        ("postgres://bob:p/ss@db/x", f"postgres://bob:{REDACTED}@db/x"),
        ("GET /a?api_key=abc&page=2 HTTP/1.1", f"GET /a?api_key={REDACTED}&page=2 HTTP/1.1"),
        ("/a?X-Amz-Signature=00ff&x=1", f"/a?X-Amz-Signature={REDACTED}&x=1"),
        ("  password: hunter2\n  user: bob", f"  password: {REDACTED}\n  user: bob"),
        ("password='it''s' x", f"password='{REDACTED}' x"),
    ],
)
def test_credentials_in_text_go_and_their_labels_stay(text, expected):
    assert redact.redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "/data/secrets/acme/orders.csv",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "the token of the run is stale",
        "Basic authentication is off, Bearer authentication is on.",
        "login failed with this password: it was refused",
        "s3://lake/acme/secrets/part-0.parquet@v2",
        "https://example.org:8443/users/bob@example.org",
        "${secret:postgres.password} and credentials_path",
        "https://example.org/a?page=2",
        "mailto bob@example.org",
    ],
)
def test_paths_hashes_and_prose_stay(text):
    assert redact.redact(text) == text


@pytest.mark.parametrize(
    "name", ["password", "PGPASSWORD", "api_key", "apiKey", "x-api-key", "db.secret", "AWS_SECRET_ACCESS_KEY"]
)
def test_names_of_secrets_are_known(name):
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["secret_count", "job_key", "key_path", "primary_key", "tokenizer", "path"])
def test_names_that_only_sound_alike_are_not_secrets(name):
    assert not is_secret_name(name)


def test_fields_are_cleaned_to_full_depth():
    value = {"user": "bob", "password": "x", "list": [{"token": 1}, float("nan")], "none": None}
    assert clean("field", value) == {
        "user": "bob",
        "password": REDACTED,
        "list": [{"token": REDACTED}, "nan"],
        "none": None,
    }


def test_a_text_cannot_forge_a_line_or_colour_the_screen():
    assert clean_text("a\nINFO b \x1b[31m \u202e c\u2028") == "a\\nINFO b \\x1b[31m \\u202e c\\u2028"


def test_a_long_text_is_cut_and_says_so():
    assert clean_text("x" * 2000).endswith("… (976 more characters)")


def test_the_filter_cleans_arguments_extras_and_exceptions():
    register("canary-1234")
    record = logging.makeLogRecord({"msg": "got %s", "args": ("canary-1234",), "url": "x://u:pw@h/", "rows": 3})
    try:
        message = "refused canary-1234"
        raise ValueError(message)
    except ValueError as error:
        record.exc_info = (type(error), error, error.__traceback__)
    RedactingFilter().filter(record)
    assert record.getMessage() == f"got {REDACTED}"
    assert (record.url, record.rows) == (f"x://u:{REDACTED}@h/", 3)
    assert "canary-1234" not in record.exc_text
    assert "\nValueError: refused" in record.exc_text


def test_arguments_that_do_not_fit_their_format_lose_no_record():
    record = logging.makeLogRecord({"msg": "%d rows", "args": ("many",)})
    assert RedactingFilter().filter(record)
    assert record.getMessage() == "%d rows"
