"""Why an address is not connected to."""

from enum import StrEnum

from dativo_core.errors import ConfigError


class Refusal(StrEnum):
    """The rule that an address broke (security rules, S5)."""

    NO_ADDRESS = "no_address"
    SCHEME = "scheme"
    USER = "user"
    SPELLING = "spelling"
    PORT = "port"
    LOOPBACK = "loopback"
    ZERO = "zero"
    LINK_LOCAL = "link_local"
    PRIVATE = "private"
    CARRIER = "carrier"
    UNIQUE_LOCAL = "unique_local"
    MULTICAST = "multicast"
    RESERVED = "reserved"
    UNKNOWN_HOST = "unknown_host"
    DOWNGRADE = "downgrade"
    OTHER_HOST = "other_host"


_WORDS = {
    Refusal.NO_ADDRESS: "it is no address of the web",
    Refusal.SCHEME: "only https is allowed",
    Refusal.USER: "it holds a user or a password",
    Refusal.SPELLING: "its host is not spelled as a plain name or address",
    Refusal.PORT: "its port belongs to another kind of service",
    Refusal.LOOPBACK: "it is this machine",
    Refusal.ZERO: "it is this machine",
    Refusal.LINK_LOCAL: "it is in the network of this machine (link-local)",
    Refusal.PRIVATE: "it is in a private network",
    Refusal.CARRIER: "it is in the network of a carrier",
    Refusal.UNIQUE_LOCAL: "it is in a private network (unique local)",
    Refusal.MULTICAST: "it is the address of a group",
    Refusal.RESERVED: "it is an address that is not for the public",
    Refusal.UNKNOWN_HOST: "its host has no address",
    Refusal.DOWNGRADE: "it leaves TLS",
    Refusal.OTHER_HOST: "it leads to another host",
}


class AddressRefused(ConfigError):
    """An address of a tenant or a server is not connected to; `reason` is the rule, `host` what can be shown of it."""

    def __init__(self, reason: Refusal, host: str, what: str = "the address") -> None:
        hint = "Correct it, or ask the operator to add the host to network.allowed_hosts of configs/policy.yaml"
        super().__init__(f"{what}{f' of {host!r}' if host else ''} is refused: {_WORDS[reason]}", hint=hint)
        self.reason = reason
        self.host = host
