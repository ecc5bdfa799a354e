"""Keys lie apart from the data: what signs requests between processes and what terminals' codes are derived from, with the files that
settings name. Whoever holds a backup alone can neither sign nor make codes."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any, Final

import msgspec
import redis

from console.backups.manifest import KEYS, BackupFile, digest_of
from lianqin import keys, sealing
from lianqin.decoding import from_json
from lianqin.errors import ConflictError, RecordError, UnavailableError
from lianqin.settings import Settings

SECRET: Final = ("inner_secret", "terminal_secret", "seal_keys")


class Keys(msgspec.Struct, frozen=True):
    """Redis strings in base64, by their key; `codes`: digests of terminals' codes; `settings`: those of the settings that are secret;
    `seals`: the keys that seal secrets in the database, where a file holds them."""

    strings: dict[str, str]
    codes: dict[str, str]
    settings: dict[str, str]
    seals: str = ""


def check_apart(data: Path, apart: Path) -> None:
    """Raises ConflictError `backup.keys_beside`: one folder lies in the other."""
    one, other = data.resolve(), apart.resolve()
    if one == other or one in other.parents or other in one.parents:
        raise ConflictError("backup.keys_beside", f"keys must lie apart from the data: {other} and {one} are one place", folder=str(apart))  # fmt: skip


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def write_private(file: Path, content: bytes) -> None:
    """Nobody else may read it, not even for a moment. Durable on return."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        os.fchmod(out.fileno(), 0o600)
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def do_keep(client: redis.Redis, settings: Settings, folder: Path) -> BackupFile:
    """Write the keys into their folder. Raises UnavailableError `backup.redis`, OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    try:
        found: dict[str, Any] = {name: client.get(name) for name in (keys.inner_secret(), keys.terminal_secret())}
        codes: Any = client.hgetall(keys.terminal_codes())
    except redis.exceptions.RedisError as error:
        raise UnavailableError(
            "backup.redis", f"Redis is away, and keys lie there: start it first ({error})"
        ) from error
    kept = Keys(
        {name: _text(value) for name, value in found.items() if value},
        {name.decode(): _text(value) for name, value in codes.items()},
        {name: getattr(settings, name) for name in SECRET if getattr(settings, name)},
        "" if settings.seal_keys else sealing.text_of(settings),
    )
    write_private(folder / KEYS, msgspec.json.encode(kept))
    for name, path in (("tls_cert.pem", settings.tls_cert), ("tls_key.pem", settings.tls_key)):
        if path:
            write_private(folder / name, Path(path).read_bytes())
    return digest_of(folder / KEYS)


def check_keys(item: BackupFile | None, folder: Path) -> Keys | None:
    """Raises RecordError `restore.keys`: missing, or not those of this backup."""
    if item is None:
        return None
    file = folder / KEYS
    if not file.is_file() or digest_of(file) != item:
        raise RecordError("restore.keys", f"{file} is missing or belongs to another backup", folder=str(folder))
    return from_json(file.read_bytes(), Keys)


def check_redis(client: redis.Redis) -> None:
    """Raises UnavailableError `backup.redis`."""
    try:
        client.ping()
    except redis.exceptions.RedisError as error:
        raise UnavailableError("backup.redis", f"Redis is away, and keys go there: start it first ({error})") from error


def do_put(client: redis.Redis, settings: Settings, kept: Keys) -> None:
    """The keys of the backup stand in Redis; those of the seals in their file, behind what stands there. Raises OSError."""
    _put_seals(settings, kept)
    pipe = client.pipeline(transaction=True)
    for name, value in kept.strings.items():
        pipe.set(name, base64.b64decode(value))
    for name, value in kept.codes.items():
        pipe.hset(keys.terminal_codes(), name, base64.b64decode(value))
    pipe.execute()


def _put_seals(settings: Settings, kept: Keys) -> None:
    """Where settings hold the keys a person puts them there: `settings.seal_keys` of the backup's keys."""
    told = kept.seals or kept.settings.get("seal_keys", "")
    if settings.seal_keys or not told:
        return
    file = sealing.file_of(settings)
    here = sealing.read_keys(file.read_text(encoding="ascii")) if file.exists() else []
    more = [key for key in sealing.read_keys(told) if key not in here]
    if more:
        file.parent.mkdir(parents=True, exist_ok=True)
        sealing.put_file(file, "".join(base64.urlsafe_b64encode(key).decode() + "\n" for key in [*here, *more]))
