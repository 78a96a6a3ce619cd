"""Addresses that Dativo itself sends something to, or shows as a link."""

import ipaddress
from urllib.parse import urlsplit


def send_problem(url: str) -> str | None:
    """Return why nothing is sent to `url`, None when it may be: https anywhere, http only to this machine."""
    problem = link_problem(url)
    if problem is None and urlsplit(url).scheme == "http" and not is_loopback(url):
        return "http sends it readable for everybody on the way"
    return problem


def link_problem(url: str) -> str | None:
    """Return why `url` is no address of the web that can be shown, None when it is one."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "it is no address"
    if parts.scheme not in {"http", "https"} or not host:
        return "it does not start with https:// and a host"
    if parts.username is not None or parts.password is not None:
        return "it holds a user or a password"
    if any(letter.isspace() or not letter.isprintable() for letter in url):
        return "it holds a blank"
    return None


def is_loopback(url: str) -> bool:
    """Return whether `url` is an address of this machine."""
    return _is_loopback(urlsplit(url).hostname or "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
