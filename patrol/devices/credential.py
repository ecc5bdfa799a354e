"""What is kept of a device's credential, and how terminals' numbers are compared: enrolment and intake must agree."""

from __future__ import annotations

import hashlib


def credential_sha256(credential: str) -> str:
    """Hex. A credential is 128 random bits, so a plain hash is enough."""
    return hashlib.sha256(credential.encode("utf-8", "replace")).hexdigest()


def canonical_no(number: str) -> str:
    """A JT/T 808 terminal's number as it is compared: without the zeros that fill it up."""
    return number.strip().lower().lstrip("0") or "0"
