"""The demo publication as a server would show it: production settings, collected files, TLS and HTTP/2, loopback only.

The web server itself stands in for the proxy that ends TLS.
"""

from __future__ import annotations

import ipaddress
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from testbed.database import fresh_database, manage
from testbed.server import connect, free_port, procfile, web_server

AS_A_SERVER = {
    "LOCAL": "",
    "DEBUG": "",
    "SECRET_KEY": "only-for-a-site-on-this-machine-that-is-gone-in-a-minute-or-two",
    "MAIL_URL": "smtp+tls://drydock:unused@127.0.0.1:1",
    "DJANGO_SETTINGS_MODULE": "config.settings",
}
ROUNDS_TO_WARM = 8


class Certificate(NamedTuple):
    """The files, and the key's fingerprint in the form Chromium takes to believe this one key."""

    file: Path
    keyfile: Path
    fingerprint: bytes


class Site(NamedTuple):
    """An origin like https://127.0.0.1:43210, the certificate to believe, and what its processes were told."""

    origin: str
    certificate: Certificate
    environment: dict[str, str]


@contextmanager
def demo_site(name: str) -> Iterator[Site]:
    """A database called `name` with the demo, and the Procfile's web server before it, until the block ends."""
    with tempfile.TemporaryDirectory() as folder, fresh_database(name) as local:
        manage(local, "load_publication", "demo", "--verbosity", "0")
        port, certificate = free_port(), _certificate(Path(folder))
        origin = f"https://127.0.0.1:{port}"
        environment = {**local, **AS_A_SERVER, "SITE_URL": origin, "STATIC_ROOT": f"{folder}/static"}
        manage(environment, "collectstatic", "--noinput", "--verbosity", "0")
        secure = {"GRANIAN_SSL_CERTIFICATE": str(certificate.file), "GRANIAN_SSL_KEYFILE": str(certificate.keyfile)}
        with web_server({**environment, **secure}, procfile("web"), port=port, believed=certificate.file):
            yield Site(origin, certificate, environment)


def warm(site: Site, addresses: Iterable[str]) -> None:
    """Ask for each address until every process of the server has compiled what it needs for it."""
    for address in [*addresses] * ROUNDS_TO_WARM:
        fetch(site, address)


def fetch(site: Site, address: str, headers: dict[str, str] | None = None) -> tuple[int, Message, bytes]:
    """Status, headers and body as they are sent, on a connection of its own."""
    connection = connect(urlsplit(site.origin).port or 443, site.certificate.file, 60)
    try:
        connection.request("GET", address, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def _certificate(folder: Path) -> Certificate:
    """A certificate for 127.0.0.1 that holds for a day."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Drydock")])
    now = datetime.now(UTC)
    host = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(host, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    files = Certificate(folder / "certificate.pem", folder / "key.pem", _fingerprint(key.public_key()))
    files.file.write_bytes(certificate.public_bytes(pem))
    files.keyfile.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return files


def _fingerprint(key: ec.EllipticCurvePublicKey) -> bytes:
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    digest = hashes.Hash(hashes.SHA256())
    digest.update(spki)
    return digest.finalize()
