"""Secrets sealed at rest: AES-256-GCM (NIST SP 800-38D) under keys that lie apart from the database.

A sealed text names its key: `s1.<key id>.<nonce and ciphertext>`. The purpose is authenticated with it: what was sealed for one purpose
can't be opened as another. The first key seals, all of them open: to change keys, put a new one first, seal anew (`reseal`), take the old one away.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import secrets
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lianqin.errors import SettingsError, UnavailableError
from lianqin.settings import Settings

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
"""Of the standard's own length. Random ones are good for 2^32 seals of a key (section 8.3)."""
FILE: Final = "seal.keys"
_FORM: Final = re.compile(r"s1\.([0-9a-f]{8})\.([A-Za-z0-9_-]+)")


def new_key() -> str:
    """A key as `seal_keys` takes it: 32 random bytes in base64url."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def read_keys(text: str) -> list[bytes]:
    """Keys by commas, blanks or lines; a line that begins with # says nothing. Raises SettingsError `seal.key`, which never shows one."""
    found = []
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for number, part in enumerate(re.split(r"[\s,]+", "\n".join(lines).strip()), 1):
        try:
            key = base64.b64decode(part, altchars=b"-_", validate=True) if part else b""
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            raise SettingsError(
                "seal.key", f"key {number} of the seals is not 32 bytes in base64url: `python -m lianqin seal-key` makes one", number=number
            )  # fmt: skip
        found.append(key)
    return found


def id_of(key: bytes) -> str:
    """Names a key and tells nothing of it."""
    return hashlib.sha256(b"lianqin seal\0" + key).hexdigest()[:8]


class Sealer:
    """Seals with the first of the keys and opens with any. Thread-safe."""

    def __init__(self, keys: list[bytes]) -> None:
        if not keys:
            raise SettingsError("seal.key", "there is no key to seal with")
        self._first = id_of(keys[0])
        self._by_id = {id_of(key): AESGCM(key) for key in keys}

    def seal(self, content: bytes, purpose: str) -> str:
        """`purpose` says what it is and whose, e.g. `factor/ac-1`."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._by_id[self._first].encrypt(nonce, content, purpose.encode())
        return f"s1.{self._first}.{base64.urlsafe_b64encode(nonce + sealed).decode().rstrip('=')}"

    def unseal(self, sealed: str, purpose: str) -> bytes:
        """Raises UnavailableError `seal.no_key` (its key is none of ours) or `seal.broken` (it was changed, or sealed for something else)."""
        form = _FORM.fullmatch(sealed)
        if form is None:
            raise UnavailableError("seal.broken", "this is nothing that was sealed here")
        cipher = self._by_id.get(form[1])
        if cipher is None:
            raise UnavailableError("seal.no_key", f"it was sealed with the key {form[1]}, which is not among `seal_keys`", key=form[1])  # fmt: skip
        try:
            content = base64.urlsafe_b64decode(form[2] + "=" * (-len(form[2]) % 4))
            return cipher.decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], purpose.encode())
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise UnavailableError("seal.broken", "it was changed, or sealed for something else") from error

    def reseal(self, sealed: str, purpose: str) -> str | None:
        """Under the first key; None where it is already. Raises what `unseal` raises."""
        if sealed.startswith(f"s1.{self._first}."):
            return None
        return self.seal(self.unseal(sealed, purpose), purpose)


def file_of(settings: Settings) -> Path:
    """Where the keys lie when no setting holds them."""
    return Path(settings.seal_keys_file) if settings.seal_keys_file else settings.run_dir / FILE


def text_of(settings: Settings) -> str:
    """All keys as text. Where nothing names any and there is no file yet, one is made (mode 600), once, whoever comes first.

    Raises SettingsError `seal.file` where a file that settings name can't be read.
    """
    if settings.seal_keys:
        return settings.seal_keys
    file = file_of(settings)
    try:
        if not settings.seal_keys_file and not file.exists():
            _make(file)
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            "seal.file", f"the keys of the seals can't be read from {file} ({error}): `python -m lianqin seal-key` makes one", file=str(file)
        ) from error  # fmt: skip


def _make(file: Path) -> None:
    """Whole or not at all, and never over one that another process made meanwhile."""
    file.parent.mkdir(parents=True, exist_ok=True)
    mine = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    put_file(mine, new_key() + "\n")
    try:
        os.link(mine, file)
    except FileExistsError:
        pass
    finally:
        mine.unlink()


def put_file(file: Path, text: str) -> None:
    """Nobody else may read it, not even for a moment. Durable on return."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as out:
        os.fchmod(out.fileno(), 0o600)
        out.write(text)
        out.flush()
        os.fsync(out.fileno())


def sealer_of(settings: Settings) -> Sealer:
    """By the settings. Raises SettingsError `seal.key`, `seal.file`."""
    return Sealer(read_keys(text_of(settings)))
