"""A device that keeps passkeys, in software: real keys, real signatures, no attestation."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

VERIFIED = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV


@dataclass
class Device:
    host: str = "localhost"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: os.urandom(16))
    user_handle: str = ""
    flags: AuthenticatorData.FLAG = VERIFIED

    def create(self, options: dict[str, Any]) -> str:
        """Answer to navigator.credentials.create()."""
        self.user_handle = options["publicKey"]["user"]["id"]
        public = AttestedCredentialData.create(
            b"\0" * 16,
            self.credential_id,
            ES256.from_cryptography_key(self.key.public_key()),  # type: ignore[no-untyped-call]
        )
        told = self._authenticator_data(self.flags | AuthenticatorData.FLAG.AT, public)
        return self._answer(
            clientDataJSON=self._client_data("webauthn.create", options),
            attestationObject=websafe_encode(AttestationObject.create("none", told, {})),
        )

    def get(self, options: dict[str, Any]) -> str:
        """Answer to navigator.credentials.get()."""
        told, client_data = self._authenticator_data(self.flags), self._client_data("webauthn.get", options)
        signed = told + hashlib.sha256(websafe_decode(client_data)).digest()
        return self._answer(
            clientDataJSON=client_data,
            authenticatorData=websafe_encode(told),
            signature=websafe_encode(self.key.sign(signed, ec.ECDSA(SHA256()))),
            userHandle=self.user_handle,
        )

    def _authenticator_data(
        self, flags: AuthenticatorData.FLAG, public: AttestedCredentialData | bytes = b""
    ) -> AuthenticatorData:
        told: AuthenticatorData = AuthenticatorData.create(
            hashlib.sha256(self.host.encode()).digest(), flags, 0, public
        )
        return told

    def _client_data(self, kind: str, options: dict[str, Any]) -> str:
        told = {"type": kind, "challenge": options["publicKey"]["challenge"], "origin": f"http://{self.host}"}
        return websafe_encode(json.dumps(told).encode())

    def _answer(self, **response: str) -> str:
        name = websafe_encode(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
