"""What secret managers of clouds have in common: a list of single secrets, else one secret that is a map of them."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from dativo_core.secrets.bundle import Entry, Format, entries_of_map, format_of_name, map_of_entry, stem_of
from dativo_core.secrets.settings import NAME, TENANT, CloudSecret
from dativo_core.secrets.store import warn

S = TypeVar("S", bound=CloudSecret, covariant=True)
T = TypeVar("T", bound=CloudSecret)


class CloudSettings(Protocol[S]):
    """Which secrets a tenant has, and by which ids."""

    @property
    def secrets(self) -> Sequence[S]: ...
    @property
    def secret_id_template(self) -> str: ...
    @property
    def bundle_secret_id_template(self) -> str | None: ...
    @property
    def bundle_format(self) -> str: ...


def ids_of(settings: CloudSettings[T], tenant: str) -> list[tuple[str, T | None]]:
    """Return the id of each secret of a tenant; the one that is a map of all has no entry in `secrets`."""
    if settings.secrets:
        return [(_filled(each.id or settings.secret_id_template, tenant, each.name), each) for each in settings.secrets]
    return [(_filled(settings.bundle_secret_id_template or "", tenant, ""), None)]


def fetched(
    settings: CloudSettings[T], tenant: str, service: str, read: Callable[[str, T | None], str | None]
) -> Sequence[Entry]:
    """Return a tenant's secrets as `read` returns their texts by id; one that it does not find is warned about."""
    entries: list[Entry] = []
    for secret_id, secret in ids_of(settings, tenant):
        text = read(secret_id, secret)
        if text is None:
            warn(f"there is no secret {secret_id} in {service}", secret_id)
        elif secret is None:
            whole = Entry(secret_id, Format(settings.bundle_format), f"{secret_id} in {service}", text)
            entries += entries_of_map(map_of_entry(whole), secret_id)
        else:
            place = f"{secret_id} in {service}"
            entries.append(Entry(stem_of(secret.name), secret.format or format_of_name(secret.name), place, text))
    return entries


def _filled(template: str, tenant: str, name: str) -> str:
    return template.replace(TENANT, tenant).replace(NAME, name)
