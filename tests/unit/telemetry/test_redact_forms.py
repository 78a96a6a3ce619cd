"""The redactor over random secrets, forms and surroundings: nothing is left, JSON stays JSON, and time stays linear."""

import base64
import html
import json
import re
import shlex
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dativo_core.telemetry import redact
from dativo_core.telemetry.redact import REDACTED, clean, register

WORDS = {"true", "false", "none", "null"}
SECRETS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=4, max_size=40).filter(
    lambda value: len(value.strip()) >= 4 and value.strip().lower() not in WORDS and "\x85" not in value
)
AROUND = st.text(st.sampled_from("abcXYZ019 .,:;/\\%'\"+=_-{}[]\nü€"), max_size=12)


@pytest.fixture(autouse=True)
def _no_registered_values(monkeypatch):
    monkeypatch.setattr(redact, "_forms", frozenset())


def redacted(text, *secrets):
    redact._forms = frozenset()
    for secret in secrets:
        register(secret)
    return redact.redact(text)


def printf_q(value):
    return "".join(each if each.isalnum() else f"\\{each}" for each in value)


def broken(value):
    middle = len(value) // 2
    return f"{value[:middle]}\n    {value[middle:]}"


WRITTEN = {
    "plain": str,
    "for a URL": lambda value: quote(value, safe=""),
    "for a path": quote,
    "for a form": quote_plus,
    "for a URL in small letters": lambda value: quote(value, safe="").replace("%2F", "%2f").replace("%3A", "%3a"),
    "as JSON": json.dumps,
    "as JSON with its own letters": lambda value: json.dumps(value, ensure_ascii=False),
    "as JSON within JSON": lambda value: json.dumps(json.dumps(value)),
    "as Python": repr,
    "as bytes of Python": lambda value: repr(value.encode()),
    "for a shell": shlex.quote,
    "for a shell letter by letter": printf_q,
    "for a page": html.escape,
    "as base64": lambda value: base64.b64encode(value.encode()).decode(),
    "as base64 for a URL": lambda value: base64.urlsafe_b64encode(value.encode()).decode().rstrip("="),
    "as base64 in a URL": lambda value: quote(base64.b64encode(value.encode()).decode(), safe=""),
    "as hexadecimal": lambda value: value.encode().hex(),
    "as capital hexadecimal": lambda value: value.encode().hex().upper(),
    "over two lines": broken,
    "as JSON over two lines": lambda value: json.dumps(broken(value)),
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
@given(secret=SECRETS, before=AROUND, after=AROUND)
def test_no_form_of_a_secret_is_left(written, secret, before, after):
    secret = secret.strip()
    assume(len("".join(secret.split())) >= 4)
    assume(not re.search(r"%[0-9a-fA-F]?$", before))  # which would make another character of what follows
    form = written(secret)
    shown = redacted(f"{before}{form}{after}", secret)
    assert REDACTED in shown
    outside = shown.replace(REDACTED, "\0")
    assert secret not in outside
    assert secret not in "".join(line.lstrip(" \t") for line in outside.splitlines())
    core = form.strip("'\"")
    assert core not in outside or core in f"{before}\0{after}"


@given(secret=SECRETS, before=st.binary(max_size=7), after=st.binary(max_size=7))
def test_a_secret_within_a_longer_base64_text_goes_at_every_alignment(secret, before, after):
    secret = secret.strip()
    plain = secret.encode()
    assume(not set(before + after) & set(plain))  # or the secret may begin earlier than it was put
    text = base64.b64encode(before + plain + after).decode()
    outside = redacted(f"Authorization {text} end", secret)
    assert REDACTED in outside
    first, last = len(before) * 8 // 6, -(-(len(before) + len(plain)) * 8 // 6)
    assert outside == f"Authorization {text[:first]}{REDACTED}{text[last:].lstrip('=') if after else ''} end"


@given(secrets=st.lists(SECRETS, min_size=1, max_size=6), parts=st.lists(AROUND, min_size=2, max_size=8))
def test_overlapping_secrets_leave_no_rest_and_a_second_pass_changes_nothing(secrets, parts):
    text = "".join(part + secret for part, secret in zip(parts, secrets * 8, strict=False))
    once = redacted(text, *secrets)
    assert not any(secret.strip() in once.replace(REDACTED, "\0") for secret in secrets)
    assert redact.redact(once) == once


@given(st.sampled_from(["[RED", "REDACTED", "CTED]x", "x[REDACTED]", "D][R"]), AROUND)
def test_a_secret_that_looks_like_the_mark_does_not_undo_it(secret, around):
    once = redacted(f"{around}{secret}{around}other-secret{around}", secret, "other-secret")
    assert "other-secret" not in once
    assert redact.redact(once) == once


@given(secret=SECRETS, before=AROUND, after=AROUND)
def test_json_stays_json(secret, before, after):
    secret = secret.strip()
    value = {"a": f"{before}{secret}{after}", "list": [f"{secret}", before], "n": 1}
    assume(json.dumps(secret)[1:-1] == secret or secret not in json.dumps(value))
    assume(secret not in json.dumps({"a": before, "list": ["", before], "n": 1}))
    shown = json.loads(redacted(json.dumps(value), secret))
    assert secret not in str(shown["a"]).replace(REDACTED, "\0")


NUMBERS = (
    st.integers(1000, 10**12).map(str) | st.floats(1000, 1e15).map(json.dumps) | st.integers(-(10**9), -1000).map(str)
)


@given(secret=NUMBERS, start=st.sampled_from(["", "9", "-"]), end=st.sampled_from(["", "7", ".5", "e3"]), text=AROUND)
def test_json_stays_json_where_a_number_is_a_secret_or_holds_one(secret, start, end, text):
    try:
        number = json.loads(f"{start}{secret}{end}")
    except ValueError:
        number = json.loads(secret)
    values = {"n": number, "list": [number, 1, number], "text": text, "inner": json.dumps([number]), "last": number}
    for written in (json.dumps(values), json.dumps(values, indent=2), json.dumps(values, separators=(",", ":"))):
        shown = redacted(written, secret)
        found = json.loads(shown)
        assert (found["text"], found["list"][1]) == (text, 1) or secret in text
        if secret in json.dumps(number):
            assert (found["n"], found["list"], found["last"]) == (REDACTED, [REDACTED, 1, REDACTED], REDACTED)
        assert secret not in shown
        assert redact.redact(shown) == shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"port": 54321}', '{"port": "[REDACTED]"}'),
        ("[1, 54321,2]", '[1, "[REDACTED]",2]'),
        ('{"n": -1543210.5}', '{"n": "[REDACTED]"}'),
        ('{"body": "[54321]"}', '{"body": "[[REDACTED]]"}'),
        ("row 54321, column 2", "row [REDACTED], column 2"),
        ("/data/54321/x", "/data/[REDACTED]/x"),
        ('said "54321", then', 'said "[REDACTED]", then'),
        ('{"a": 1, "b": [true, 12]}', '{"a": 1, "b": [true, 12]}'),
    ],
)
def test_a_bare_number_becomes_text(text, expected):
    assert redacted(text, "54321") == expected


def test_numbers_that_are_secrets_are_no_fields_of_the_log():
    redacted("", "54321.5", "1234567")
    assert clean("port", [54321.5, 1234567, 1.5]) == [REDACTED, REDACTED, 1.5]


def test_a_number_of_any_size_is_a_field_of_the_log():
    assert clean("size", [10**400, 1e308, float("inf")]) == [10**400, 1e308, "inf"]


@given(st.recursive(SECRETS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SECRETS, inner, max_size=3)))
def test_a_cleaned_value_is_json_without_the_secret_whatever_it_holds(value):
    redacted("", "a secret value", "1234567890")
    shown = json.dumps(clean("field", {"x": value, "a secret value": [1234567890, {1, 2}, b"a secret value"]}))
    assert "a secret value" not in shown
    assert "1234567890" not in shown


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "AKIA",
        "\\",
        "%41",
        "&amp;",
        "password=",
        "://a:b",
        'token": "',
        'token\\": \\"',
        "Bearer ",
        "key\n    ",
    ],
)
def test_time_is_linear_in_the_text_and_does_not_grow_with_the_secrets(text):
    for number in range(1000):
        register(f"AKIA{number:06}x/+ÿ{number}")
    redact.redact("once")
    begin = time.perf_counter()
    redact.redact(text * (200_000 // len(text)))
    assert time.perf_counter() - begin < 5  # a search per secret, or a quadratic one, takes minutes
