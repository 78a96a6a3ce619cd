"""What a contract tells people of its data: who answers for it, what it is for, what is promised, what it costs."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from dativo_core.odcs.flat_model import FlatContract
from dativo_core.odcs.section_models import Link, Price, Role, SlaProperty, SupportItem, TeamMember
from dativo_core.odcs.sla_values import Promise, promise_name, read_promise, unit_of
from dativo_core.odcs.standard_model import StandardContract

OWNER = "owner"
"""The role of those who own the data."""


@dataclass(frozen=True)
class ServiceLevel:
    """A promise as it was written, and as it compares; `promise` is None when it is none of the standard.

    `elements` are the columns and tables it is about; without any it is about everything.
    """

    name: str
    text: str
    promise: Promise | None
    elements: tuple[str, ...] = ()

    def is_about(self, names: Collection[str | None]) -> bool:
        """Return whether the promise is about the table of these names, or one of its columns."""
        return not self.elements or any(each.partition(".")[0] in names for each in self.elements)


@dataclass(frozen=True)
class About:
    """The parts of a contract that change no load. `links` are names and addresses; support and roles are a line each."""

    owners: tuple[str, ...] = ()
    usage: str = ""
    limitations: str = ""
    links: tuple[tuple[str, str], ...] = ()
    service_levels: tuple[ServiceLevel, ...] = ()
    support: tuple[str, ...] = ()
    price: str = ""
    roles: tuple[str, ...] = ()


NOTHING_TOLD = About()


def about(contract: StandardContract) -> About:
    """Return what a contract in the standard tells people."""
    description = contract.description
    own = (description.authoritative_definitions if description else None) or ()
    default = contract.sla_default_element
    return About(
        owners=tuple(owners(contract.team or ())),
        usage=(description.usage if description else None) or "",
        limitations=(description.limitations if description else None) or "",
        links=links((*own, *(contract.authoritative_definitions or ()))),
        service_levels=tuple(_service_level(each, default) for each in contract.sla_properties or ()),
        support=tuple(_support(each) for each in contract.support or ()),
        price=_price(contract.price) if contract.price else "",
        roles=tuple(_role(each) for each in contract.roles or ()),
    )


def about_flat(contract: FlatContract) -> About:
    """Return what a contract in the flat dialect tells people."""
    description, team = contract.description, contract.team
    others = (team.roles if team else None) or ()
    named = [
        team.owner if team else None,
        *(each.email or each.name for each in others if _is_owner(each.responsibility)),
    ]
    days = contract.compliance.retention_days if contract.compliance else None
    kept = SlaProperty(property="retention", value=days, unit="d")
    return About(
        owners=tuple(name for name in named if name),
        usage=(description.usage if description else None) or "",
        limitations=(description.limitations if description else None) or "",
        service_levels=(_service_level(kept, None),) if days is not None else (),
    )


def owners(team: tuple[TeamMember, ...]) -> Iterator[str]:
    """Yield the members of role Owner that have not left."""
    for member in team:
        name = member.username or member.name
        if _is_owner(member.role) and member.date_out is None and name:
            yield name


def _is_owner(role: str | None) -> bool:
    return (role or "").strip().lower() == OWNER


def links(written: tuple[Link, ...]) -> tuple[tuple[str, str], ...]:
    """Return the name and the address of each link, each address once."""
    return tuple({each.url: (each.type, each.url) for each in written}.values())


def _service_level(written: SlaProperty, default: str | None) -> ServiceLevel:
    name = promise_name(written.property)
    unit = unit_of(name, written.unit) if name else None
    promise = read_promise(name, written.value, unit) if name and unit is not None else None
    elements = written.element or default or ""
    return ServiceLevel(
        written.property,
        " ".join(str(each) for each in (written.value, written.unit) if each is not None),
        promise,
        tuple(part.strip() for part in elements.split(",") if part.strip()),
    )


def _support(item: SupportItem) -> str:
    return _line(item.channel, item.tool, item.url, item.description)


def _price(price: Price) -> str:
    amount = " ".join(str(each) for each in (price.price_amount, price.price_currency) if each is not None)
    return f"{amount} per {price.price_unit}" if price.price_unit else amount


def _role(role: Role) -> str:
    return _line(role.role, role.access, role.description, _approvers(role))


def _approvers(role: Role) -> str | None:
    named = [each for each in (role.first_level_approvers, role.second_level_approvers) if each]
    return f"approved by {', then '.join(named)}" if named else None


def _line(first: str, *more: str | None) -> str:
    rest = ", ".join(part for part in more if part)
    return f"{first}: {rest}" if rest else first
