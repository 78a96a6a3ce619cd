"""Every way a value could leave a secret, or whatever holds one: none of them shows it."""

import copy
import io
import json
import logging
import pickle
import pprint
import string
import sys
import traceback
from dataclasses import asdict, astuple, dataclass, field, replace

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from dativo_core.cli.report import json_text
from dativo_core.secrets.base import Secret
from dativo_core.secrets.bundle import Bundle, Entry, Format
from dativo_core.telemetry.log import json_handler, logging_to
from dativo_core.telemetry.redact import clean, register
from tests.canary import leaks, new_canary


class Login(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    user: str = "me"
    password: Secret


@dataclass(frozen=True)
class Held:
    secret: Secret
    more: dict[str, Secret] = field(default_factory=dict)


def logged(secret):
    stream = io.StringIO()
    with logging_to(json_handler(stream)):
        logging.getLogger("dativo_core.x").warning("%s %r", secret, [secret], extra={"field": {"a": secret}})
    return stream.getvalue()


def raised(secret):
    try:
        raise ValueError(secret, f"{secret}")
    except ValueError as error:
        return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


def wrong_beside(secret):
    try:
        Login.model_validate({"user": [1], "password": secret, "extra": secret})
    except ValidationError as error:
        return f"{error} {error!r} {error.errors()} {error.json(include_input=False)}"


def wrong_owner(secret):
    try:
        TypeAdapter(list[Login]).validate_python({"password": secret})
    except ValidationError as error:
        return f"{error} {error.errors()}"


SHOWN = {
    "str": str,
    "repr": repr,
    "format": lambda s: f"{s} {s!s} {s!r} {s:}",
    "percent": lambda s: "%s %r".__mod__((s, s)),
    "ascii": lambda s: f"{s!a} {format(s)}",
    "Template": lambda s: string.Template("$s").substitute(s=s),
    "join": lambda s: ", ".join(map(str, [s, s])),
    "print": lambda s: print(s, [s], {"a": s}, file=sys.stdout),
    "pprint": lambda s: pprint.pformat({"a": [s]}),
    "containers": lambda s: f"{[s]} {(s,)} { ({'a': s}) } { {1: s}.values() }",
    "dataclass": lambda s: f"{Held(s, {'a': s})!r} {Held(s)}",
    "dataclass changed": lambda s: repr(replace(Held(s), more={"a": s})),
    "slots": lambda s: f"{s.__slots__} {dir(s)} {type(s)}",
    "doc": lambda s: f"{s.__doc__} {s.__class__} {hash(s)}",
    "model": lambda s: f"{Login(password=s)!r} {Login(password=s)}",
    "model_dump": lambda s: str(Login(password=s).model_dump()),
    "model_copy": lambda s: repr(Login(password=s).model_copy()),
    "model fields": lambda s: str(dict(Login(password=s))),
    "fields of a model": lambda s: str(Login(password=s).__dict__),
    "validation error beside": wrong_beside,
    "validation error around": wrong_owner,
    "log": logged,
    "exception": raised,
    "log field": lambda s: json.dumps(clean("field", {"a": [s, {"b": s}]})),
    "key of a log field": lambda s: json.dumps(clean("field", {s: 1})),
    "report of a command": lambda s: json_text({"a": [str(s)]}),
    "bundle": lambda s: (
        f"{Bundle([Entry('a', Format.TEXT, 'x', s.reveal())])!r} {Entry('a', Format.TEXT, 'x', s.reveal())}"
    ),
}
REFUSED = {
    "pickle": pickle.dumps,
    "pickle of what holds it": lambda s: pickle.dumps([Held(s)]),
    "copy": copy.copy,
    "deepcopy": lambda s: copy.deepcopy({"a": s}),
    "json": json.dumps,
    "json of what holds it": lambda s: json.dumps({"a": [s]}),
    "yaml": yaml.safe_dump,
    "yaml of any object": yaml.dump,
    "asdict": lambda s: asdict(Held(s)),
    "astuple": lambda s: astuple(Held(s)),
    "vars": vars,
    "iteration": list,
    "bytes": bytes,
    "length": len,
    "addition": lambda s: "a" + s,
    "model_dump_json": lambda s: Login(password=s).model_dump_json(),
    "model_dump as JSON": lambda s: Login(password=s).model_dump(mode="json"),
    "TypeAdapter": lambda s: TypeAdapter(list[Secret]).dump_json([s]),
    "deep model_copy": lambda s: Login(password=s).model_copy(deep=True),
}


@pytest.fixture
def canary():
    return new_canary("Type")


@pytest.mark.parametrize("show", SHOWN.values(), ids=SHOWN)
def test_no_way_to_show_a_secret_shows_it(canary, show, capsys):
    text = f"{show(Secret(canary))} {capsys.readouterr()}"
    assert leaks([canary], text) == []


@pytest.mark.parametrize("leak", REFUSED.values(), ids=REFUSED)
def test_no_way_to_take_a_secret_elsewhere_takes_it(canary, leak):
    with pytest.raises((TypeError, ValueError, yaml.YAMLError)) as caught:
        leak(Secret(canary))
    assert leaks([canary], f"{caught.value} {caught.value!r}") == []


@pytest.mark.parametrize(
    "wrong", [lambda c: {c: 1}, lambda c: [c], lambda c: {"a": c}, lambda c: c.encode(), lambda c: {c}]
)
def test_no_error_about_a_secret_shows_what_was_given(canary, wrong):
    with pytest.raises(ValidationError) as caught:
        Login.model_validate({"password": wrong(canary)})
    error = caught.value
    assert leaks([canary], f"{error} {error!r} {error.errors()} {error.json()}") == []


def test_two_secrets_are_the_same_only_if_they_are_one(canary):
    assert Secret(canary) != Secret(canary)
    register(canary)
    assert Secret(canary).reveal() == canary
