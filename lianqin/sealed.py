"""Addresses with passwords, sealed wherever they rest or travel: a column that seals by itself, the record that workers follow, a try.

`Keyring` has the sealer of the settings and reads its file anew when it changes, so that keys come and go while programs run.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Any, Final

import msgspec
import structlog
from sqlalchemy import Engine, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator

from lianqin import sealing
from lianqin.errors import SettingsError, UnavailableError
from lianqin.records import Camera
from lianqin.sealing import Sealer
from lianqin.settings import Settings

log = structlog.get_logger(__name__)
ADDRESS: Final = "camera address"
"""The purpose under which addresses are sealed."""
MARK: Final = "s1."
_KEPT: Final = 65_536
"""Addresses that a process remembers opened: those of a county."""


def is_sealed(text: str) -> bool:
    """No address that may be entered begins so."""
    return text.startswith(MARK)


class Keyring:
    """Thread-safe. `makes`: the first process of a house makes the file of keys; a worker that has none says so instead."""

    def __init__(self, settings: Settings, *, makes: bool) -> None:
        self._settings, self._makes = settings, makes
        self._lock = threading.Lock()
        self._sealer: Sealer | None = None
        self._seen: tuple[int, int, int] | None = None
        self._said = ""
        self._opened = lru_cache(maxsize=_KEPT)(self._open)

    def sealer(self) -> Sealer:
        """What is known goes on where the file of keys was taken away or can't be read any more. Raises SettingsError `seal.key`, `seal.file`."""
        with self._lock:
            stands = None if self._settings.seal_keys else self._stands()
            if self._sealer is not None and (stands is None or stands == self._seen):
                return self._sealer
            self._seen = stands
            try:
                self._sealer = self._read(there=stands is not None)
            except SettingsError as error:
                if self._sealer is None:
                    raise
                log.error("seal_keys_kept", why=str(error))  # noqa: TRY400 - its text says all
            return self._sealer

    def _read(self, *, there: bool) -> Sealer:
        file = sealing.file_of(self._settings)
        if not there and not self._makes and not self._settings.seal_keys:
            raise SettingsError("seal.file", f"there are no keys of the seals in {file}: copy the console's file there, or set `seal_keys`", file=str(file))  # fmt: skip
        return sealing.sealer_of(self._settings)

    def _stands(self) -> tuple[int, int, int] | None:
        try:
            found = sealing.file_of(self._settings).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size

    def seal(self, text: str) -> str:
        """What is sealed stays. Raises as `sealer`."""
        return text if is_sealed(text) else self.sealer().seal(text.encode(), ADDRESS)

    def unseal(self, text: str) -> str:
        """What is not sealed stays. Raises UnavailableError `seal.no_key`, `seal.broken`, and as `sealer`."""
        return self._opened(text) if is_sealed(text) else text

    def _open(self, text: str) -> str:
        return self.sealer().unseal(text, ADDRESS).decode()

    def unseal_or_leave(self, text: str) -> str:
        """The sealed text itself where no key fits: lists go on, the log says it once."""
        try:
            return self.unseal(text)
        except (UnavailableError, SettingsError) as error:
            if str(error) != self._said:
                log.error("address_sealed", why=str(error))  # noqa: TRY400 - its text says all
            self._said = str(error)
            return text

    def sealed_camera(self, camera: Camera) -> Camera:
        """As it may lie in Redis. Raises as `sealer`."""
        return msgspec.structs.replace(camera, url=self.seal(camera.url), sub_url=self.seal(camera.sub_url) if camera.sub_url else camera.sub_url)  # fmt: skip

    def open_camera(self, camera: Camera) -> Camera:
        """As a worker opens it. Raises as `unseal`."""
        return msgspec.structs.replace(camera, url=self.unseal(camera.url), sub_url=self.unseal(camera.sub_url) if camera.sub_url else camera.sub_url)  # fmt: skip


class SealedText(TypeDecorator[str]):
    """A text column whose rows are sealed; `length`: characters of what is sealed in it."""

    impl = Text
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__()
        self.length = length

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value if value is None else keyring_of(dialect).seal(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else keyring_of(dialect).unseal_or_leave(str(value))


def attach(engine: Engine, keyring: Keyring) -> None:
    """Sealed columns of this engine, and of those made of it by options, use these keys."""
    engine.dialect.lianqin_keyring = keyring  # type: ignore[attr-defined]


def keyring_of(dialect: Dialect) -> Keyring:
    """Raises SettingsError `seal.key` where none was attached: nothing is ever written in clear for want of a key."""
    found = getattr(dialect, "lianqin_keyring", None)
    if not isinstance(found, Keyring):
        raise SettingsError("seal.key", "this program was given no keys for what is sealed in the database")
    return found


def keyring_in(session: Session) -> Keyring:
    """Of the session's engine. Raises as `keyring_of`."""
    return keyring_of(session.get_bind().dialect)
