"""Certificates for tests: an authority of our own and what it signs, right and wrong."""

import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """Signs certificates; `file` holds its own, in PEM form."""

    directory: Path
    file: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def files(self, *hosts: str, starts: dt.timedelta = -DAY, ends: dt.timedelta = DAY) -> tuple[Path, Path]:
        """Return the files of a certificate for `hosts` and of its key; its time begins and ends that far from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _signed(hosts[0], key, self.certificate.subject, self.key, hosts, starts, ends)
        return _written(self.directory / f"{hosts[0]}-{certificate.serial_number:x}", certificate, key)

    def context(self, *hosts: str, **times: dt.timedelta) -> ssl.SSLContext:
        """Return what a server for `hosts` proves itself with."""
        return _serving(*self.files(*hosts, **times))


def new_authority(directory: Path) -> Authority:
    """Return an authority that nobody trusts yet."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority of tests")])
    certificate = _signed("an authority of tests", key, name, key, (), -DAY, DAY, is_authority=True)
    file, _ = _written(directory / "authority", certificate, key)
    return Authority(directory, file, key, certificate)


def self_signed(directory: Path, host: str) -> ssl.SSLContext:
    """Return what a server proves itself with whose certificate nobody else signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    certificate = _signed(host, key, name, key, (host,), -DAY, DAY)
    return _serving(*_written(directory / "self-signed", certificate, key))


def _signed(
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    hosts: tuple[str, ...],
    starts: dt.timedelta,
    ends: dt.timedelta,
    *,
    is_authority: bool = False,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + starts)
        .not_valid_after(now + ends)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if is_authority:
        builder = builder.add_extension(_MAY_SIGN, critical=True)
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([_name(host) for host in hosts]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


_MAY_SIGN = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _written(stem: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> tuple[Path, Path]:
    certificate_file, key_file = stem.with_suffix(".pem"), stem.with_suffix(".key")
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    key_file.chmod(0o600)
    return certificate_file, key_file


def _serving(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
