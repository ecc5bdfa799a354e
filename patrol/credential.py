"""What is kept of a device's credential: enrolment and intake must agree on it."""

from __future__ import annotations

import hashlib


def credential_sha256(credential: str) -> str:
    """Hex. A credential is 128 random bits, so a plain hash is enough."""
    return hashlib.sha256(credential.encode("utf-8", "replace")).hexdigest()
