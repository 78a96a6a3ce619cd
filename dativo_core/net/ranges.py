"""Which IP addresses are public."""

import ipaddress

from dativo_core.net.refusal import Refusal

IP = ipaddress.IPv4Address | ipaddress.IPv6Address

_ZERO = ipaddress.ip_network("0.0.0.0/8")
_CARRIER = ipaddress.ip_network("100.64.0.0/10")
_PRIVATE = [ipaddress.ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
_UNIQUE_LOCAL = [ipaddress.ip_network(text) for text in ("fc00::/7", "fec0::/10")]
_NAT64 = [ipaddress.ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48")]
_RESERVED = [
    ipaddress.ip_network(text)
    for text in ("192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "2001::/23", "2001:db8::/32", "3fff::/20")
]
"""Special networks that Python's versions do not agree about (IANA special-purpose address registries)."""

_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_COMPATIBLE = ipaddress.ip_network("::/96")


def refusal_of(address: IP) -> Refusal | None:
    """Return why an address is not for the public, None for one that is; an IPv4 address within an IPv6 one counts."""
    inner = _within(address)
    if inner is not None:
        return refusal_of(inner)
    if address.is_loopback:
        return Refusal.LOOPBACK
    if address.is_unspecified or address in _ZERO:
        return Refusal.ZERO
    if address.is_link_local:
        return Refusal.LINK_LOCAL
    if address in _CARRIER:
        return Refusal.CARRIER
    if any(address in network for network in _PRIVATE):
        return Refusal.PRIVATE
    if any(address in network for network in _UNIQUE_LOCAL):
        return Refusal.UNIQUE_LOCAL
    if address.is_multicast:
        return Refusal.MULTICAST
    is_reserved = any(address in network for network in _RESERVED)
    is_outside = address.version == 6 and address not in _GLOBAL_UNICAST
    return Refusal.RESERVED if is_reserved or is_outside or not address.is_global else None


def _within(address: IP) -> IP | None:
    """Return the IPv4 address that an IPv6 one leads to: mapped, 6to4, Teredo, NAT64 and the old compatible form."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    is_compatible = address in _COMPATIBLE and int(address) > 1
    if is_compatible or any(address in network for network in _NAT64):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None
