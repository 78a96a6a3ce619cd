"""Where the settings of a backend are written, and how they are read: all problems at once, no value in any of them."""

import copy
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from dativo_core.errors import ConfigError
from dativo_core.model.base import FileModel
from dativo_core.model.finding import Finding, errors
from dativo_core.telemetry.redact import is_secret_name, register
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.read_yaml import parse_document
from dativo_core.workspace.references import GRAMMAR, Reference, ReferenceKind, expand, find
from dativo_core.workspace.validate import validate

M = TypeVar("M", bound=FileModel)

VARIABLE = "DATIVO_SECRET_MANAGER_CONFIG"
_TEXT = "--secret-manager-config"
_HINT = f"Give inline JSON, or the path of a YAML or JSON file, in {_TEXT} or {VARIABLE}"


@dataclass(frozen=True)
class SettingsSource:
    """The place of settings: `text` is inline JSON or a path, None stands for the variable `DATIVO_SECRET_MANAGER_CONFIG`.

    Picklable, and safe to store: a value that is secret is refused in a `text` and read again from a file or variable.
    """

    text: str | None = None

    def read(self, model: type[M], defaults: Mapping[str, str]) -> M:
        """Return the settings; `defaults` names the variable of each key that may be left out.

        Raises ConfigError that lists every problem.
        """
        document = self._document()
        problems: list[Finding] = []
        data = _expanded(document.data, (), document, problems)
        if not isinstance(data, dict):
            raise _wrong([document.finding((), "wrong-type", "the settings are no mapping", _HINT)])
        if self.text is not None and _is_inline(self.text):
            problems += _written_out(document)
        for key, variable in defaults.items():
            if key not in data and os.environ.get(variable):
                data[key] = _taken(key, os.environ[variable])
        return _validated(model, data, document, problems)

    def _document(self) -> Document:
        name, text = (_TEXT, self.text) if self.text is not None else (VARIABLE, os.environ.get(VARIABLE, ""))
        if not text.strip():
            return Document(name, {}, {})
        if _is_inline(text):
            return _parsed(name, text.encode("utf-8", "surrogateescape"))
        try:
            return _parsed(text, Path(text).read_bytes())
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no path"
            message = f"the settings of the secret backend cannot be read from {text}: {reason}"
            raise ConfigError(message, hint=_HINT) from None


def _is_inline(text: str) -> bool:
    return text.lstrip().startswith("{")


def _parsed(name: str, content: bytes) -> Document:
    parsed = parse_document(name, content)
    if parsed.is_empty:
        return Document(name, {}, {})
    if parsed.document is None or errors(parsed.findings):
        raise _wrong(parsed.findings)
    return parsed.document


def _expanded(value: Any, path: KeyPath, at: Document, problems: list[Finding]) -> Any:
    """Return `value` with its references replaced by variables of this process; those without one are problems."""
    match value:
        case dict():
            return {key: _expanded(item, (*path, key), at, problems) for key, item in value.items()}
        case list():
            return [_expanded(item, (*path, index), at, problems) for index, item in enumerate(value)]
        case str():
            return _text_of(value, path, at, problems)
    return copy.copy(value)


def _text_of(text: str, path: KeyPath, at: Document, problems: list[Finding]) -> str:
    def lookup(reference: Reference) -> str:
        value = os.environ.get(reference.name, "")
        if is_secret_name(reference.name):
            register(value)
        if reference.kind is ReferenceKind.SECRET:
            message = f"{reference.text} stands for a secret, and this says where secrets are"
            problems.append(at.finding(path, "wrong-value", message, "Write a variable: ${NAME}."))
        elif not value and reference.default is None:
            hint = f"Set {reference.name} in the environment, or write ${{{reference.name}:-default}}."
            problems.append(at.finding(path, "wrong-value", f"{reference.text} has no value", hint))
        return value

    try:
        return str(_taken(str(path[-1]) if path else "", expand(text, lookup)))
    except ValueError:
        problems.append(at.finding(path, "wrong-value", "the value holds a '${' that begins no reference", GRAMMAR))
        return text


def _taken(key: str, value: str) -> str:
    """Return a value of a setting; one of a secret becomes unprintable."""
    if is_secret_name(key) or key == "secret_id":
        register(value)
    return value


def _written_out(document: Document) -> Iterator[Finding]:
    """Yield the secrets in a text that others can see: in a list of processes, or in the database of Dagster."""
    for key in ("token", "secret_id"):
        value = document.data.get(key)
        if value is not None and not (isinstance(value, str) and find(value)):
            message = f"'{key}' is written out where everybody on this machine can see it"
            yield document.finding((key,), "wrong-value", message, f"Write ${{NAME}}, or set VAULT_{key.upper()}.")


def _validated(model: type[M], data: dict[str, Any], document: Document, problems: list[Finding]) -> M:
    found = validate(model, data, document)
    problems += found.findings
    settings = found.model
    if settings is not None:
        of_all = getattr(settings, "problems", tuple)
        problems += [document.finding((key,), "wrong-value", message, hint) for key, message, hint in of_all()]
    if settings is None or errors(problems):
        raise _wrong(problems)
    return settings


def _wrong(problems: "list[Finding] | tuple[Finding, ...]") -> ConfigError:
    lines = [str(problem) for problem in dict.fromkeys(problems)]
    message = f"the settings of the secret backend have {len(lines)} problem{'s' * (len(lines) != 1)}"
    return ConfigError(message, hint="\n".join(["correct these:", *lines]))
