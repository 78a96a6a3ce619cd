"""Whether a port can be reached, and whether what answers there proves with TLS who it is."""

import socket
import ssl
import time
from dataclasses import dataclass

from dativo_core.errors import DativoError
from dativo_core.net.check import NetworkRules
from dativo_core.net.refusal import AddressRefused, Refusal

_NOT_TRUSTED = (
    "Have an authority sign it that is trusted here, or name its authority where the connection is configured"
)
_CERTIFICATES = {
    9: ("is not valid yet", "Check the clock of this machine, and the certificate"),
    10: ("has expired", "Renew it"),
    18: ("is signed by itself", _NOT_TRUSTED),
    19: ("is signed by an authority of its own", _NOT_TRUSTED),
    20: ("is signed by an authority that is not trusted here", _NOT_TRUSTED),
    21: ("is signed by an authority that is not trusted here", _NOT_TRUSTED),
    62: ("is for another host", "Use a name that is in the certificate, or have one made for this host"),
    64: ("is for another host", "Use a name that is in the certificate, or have one made for this address"),
}
"""What OpenSSL's results of a verification mean (openssl-verification-options), and what to do about it."""

_FIRST_TRY_SHARE = 2


class Unreachable(DativoError):
    """A service does not answer, or not as what it should be."""

    retryable = True


@dataclass(frozen=True)
class Place:
    """A host and a port, and when waiting for them ends, as `time.monotonic` counts."""

    host: str
    port: int
    deadline: float
    limit_s: float

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def left_s(self) -> float:
        """The seconds that are left, a little more than nothing at the end."""
        return max(0.01, self.deadline - time.monotonic())


def place(host: str, port: int, limit_s: float) -> Place:
    """Return a place that is waited for from now on."""
    return Place(host, port, time.monotonic() + limit_s, limit_s)


def connect(at: Place, rules: NetworkRules) -> socket.socket:
    """Return a connection to the first address of a place that answers; raises Unreachable, AddressRefused."""
    try:
        addresses = rules.addresses(at.host, at.port)
    except AddressRefused as refused:
        if refused.reason is not Refusal.UNKNOWN_HOST:
            raise
        message = f"the host {at.host} has no address"
        raise Unreachable(message, hint="Check how it is spelled, and the DNS of this machine") from None
    error: OSError = OSError()
    for number, address in enumerate(addresses, 1):
        share = at.left_s if number == len(addresses) else at.left_s / _FIRST_TRY_SHARE
        try:
            return socket.create_connection((address, at.port), timeout=share)
        except OSError as failure:
            error = failure
    raise _unreachable(at, error)


def secured(connection: socket.socket, at: Place, context: ssl.SSLContext) -> ssl.SSLSocket:
    """Return a connection with TLS on it, once the certificate of the other side is found right; raises Unreachable."""
    connection.settimeout(at.left_s)
    try:
        return context.wrap_socket(connection, server_hostname=at.host)
    except ssl.SSLCertVerificationError as error:
        what, hint = _CERTIFICATES.get(error.verify_code, ("is not trusted", _NOT_TRUSTED))
        message = f"the certificate of {at} {what}"
        raise Unreachable(message, hint=hint) from None
    except (ssl.SSLError, ConnectionError):
        message = f"{at} does not speak TLS"
        raise Unreachable(
            message, hint="Name the port that speaks it, or configure the connection without TLS"
        ) from None
    except OSError as error:
        raise silent(at, error) from None


def trusting(ca_file: str | None = None, *, checks_host: bool = True) -> ssl.SSLContext:
    """Return what verifies certificates by the authorities of this machine, or by those in `ca_file` alone.

    Raises Unreachable when the file cannot be read.
    """
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        message = f"the certificates in {ca_file} cannot be read ({error.strerror or type(error).__name__})"
        raise Unreachable(message, hint="Name a file of certificates in PEM form") from None
    if ca_file is None:
        from requests.utils import DEFAULT_CA_BUNDLE_PATH

        # What the clients of services trust, also where the machine itself knows no authority.
        context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    context.check_hostname = checks_host
    return context


def silent(at: Place, error: OSError) -> Unreachable:
    """Return the error of a place that took a connection and then broke it off or said nothing."""
    if isinstance(error, TimeoutError):
        message = f"{at} takes connections and does not answer within {at.limit_s:g} s"
        return Unreachable(message, hint="Check that the service there is well, and that it is the one that is meant")
    message = f"{at} breaks the connection off"
    return Unreachable(message, hint="Check that the service there is well, and that it is the one that is meant")


def _unreachable(at: Place, error: OSError) -> Unreachable:
    if isinstance(error, ConnectionRefusedError):
        message = f"nothing listens at {at}"
        return Unreachable(message, hint="Start the service, or correct its host and port")
    if isinstance(error, TimeoutError):
        message = f"{at} does not answer within {at.limit_s:g} s"
        return Unreachable(message, hint="Check that it runs, and what a firewall lets through")
    message = f"{at} cannot be reached ({error.strerror or type(error).__name__})"
    return Unreachable(message, hint="Check the network of this machine, and host and port")
