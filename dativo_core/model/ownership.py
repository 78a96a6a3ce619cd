"""Whose a place is, by the names of the directories in its path. Pure: what a link leads to is for the caller to find out."""

import posixpath
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from dativo_core.model.names import slug_or
from dativo_core.model.partition_paths import FILE_SCHEME

_SEPARATORS = re.compile(r"[/\\:${}?&;,\x00-\x1f]+")
_LABEL = re.compile(r"\Atenant(?:[-_]?id)?=", re.IGNORECASE)
_SCHEME = re.compile(r"\A[A-Za-z][A-Za-z0-9+.-]*://")
_DERIVED = re.compile(r"\A(.+?)__[a-z0-9_]+(?:\.db)?\Z")
_ROUNDS_OF_DECODING = 2
_CONTAINER_ROOT = "app"
_LAYOUT = frozenset({"jobs", "assets", "connectors", "configs", "data", "secrets", "state"})
"""Directories that every workspace has, which are no tenant's at the beginning of a path even where a tenant is called so."""


@dataclass(frozen=True)
class TenantBounds:
    """A tenant among all `tenants`. A place is a tenant's when the first tenant that its path names is this one.

    Names count in every spelling that a file system, a server or a reader may take for the same: letter case, composed and
    compatible characters, accents, invisible characters, `-` for `_`, percent-encoding, dots and blanks around them. A
    name with `__` behind a tenant's is one that is derived from it, such as a namespace. The directories of the layout, such
    as `data`, at the beginning of a path on the disk are nobody's.
    """

    tenant: str
    tenants: frozenset[str] = frozenset()

    def is_foreign(self, place: str, separators: str = "") -> bool:
        """Return whether a path or an address leads to a place of another tenant.

        With `separators` it is no path on the disk, and these part names as `/` does.
        """
        return any(self._owner(parts) not in {None, self.tenant} for parts in _readings(place, separators))

    def is_own(self, place: str) -> bool:
        """Return whether a path or an address leads to a place of this tenant, however it is read."""
        return all(self._owner(parts) == self.tenant for parts in _readings(place, ""))

    def _owner(self, parts: tuple[str, ...]) -> str | None:
        own, known = _forms(self.tenant), _known(self.tenants)
        for part in parts:
            name = _same(_LABEL.sub("", part))
            for form in (name, *_DERIVED.findall(name)):
                if form in own:
                    return self.tenant
                if form in known:
                    return known[form]
        return None


@lru_cache(maxsize=4)
def _known(tenants: frozenset[str]) -> dict[str, str]:
    """Return every form of a tenant's name, with the tenant."""
    return {form: tenant for tenant in tenants for form in _forms(tenant)}


@lru_cache(maxsize=4096)
def _forms(tenant: str) -> frozenset[str]:
    return frozenset({_same(tenant), slug_or(tenant, _same(tenant))}) - {""}


@lru_cache(maxsize=4096)
def _readings(place: str, separators: str) -> tuple[tuple[str, ...], ...]:
    """Return the names in a path, as it is written and as it is once decoded, with `..` followed."""
    found: dict[tuple[str, ...], None] = {}
    text = place
    for _ in range(_ROUNDS_OF_DECODING + 1):
        names = _names(text, separators)
        found[names if separators or _is_remote(text) else _below_layout(text, names)] = None
        text = unquote(text)
    return tuple(found)


def _is_remote(text: str) -> bool:
    return _SCHEME.match(text) is not None and not text.startswith(FILE_SCHEME)


def _below_layout(text: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of a path on the disk without those of the layout that it begins with."""
    if text.removeprefix(FILE_SCHEME).startswith("/") and names[:1] == (_CONTAINER_ROOT,):
        names = names[1:]
    return names[1:] if names and names[0] in _LAYOUT else names


def _names(text: str, separators: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKC", _SCHEME.sub("", text)).replace("\\", "/")
    for separator in separators:
        plain = plain.replace(separator, "/")
    return tuple(part for part in _SEPARATORS.split(posixpath.normpath(plain)) if part)


@lru_cache(maxsize=4096)
def _same(name: str) -> str:
    """Return the form in which names of directories are compared."""
    decomposed = unicodedata.normalize("NFKD", name)
    seen = "".join(letter for letter in decomposed if unicodedata.category(letter) not in {"Mn", "Me", "Cf", "Cc"})
    return seen.casefold().strip(". ").replace("-", "_").rstrip("_")
