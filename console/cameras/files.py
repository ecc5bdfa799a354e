"""Import of set-up from JSON: all or nothing, every mistake with its place in the file."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy.orm import Session

from console.cameras.addresses import CameraLogin
from console.cameras.cameras import NamedCamera, check_camera, put_camera
from console.http.bodies import build_strict
from lianqin.audit import Actor
from lianqin.db import PART, Store
from lianqin.decoding import from_json
from lianqin.errors import ConflictError, LianqinError, RecordError
from lianqin.records import Camera, Zone, build, fault, fault_of
from patrol.county import seed

T = TypeVar("T")
PARTS: Final = (*seed.PARTS, "cameras")


class Counts(msgspec.Struct, frozen=True):
    """How many of each the file held, and how many cameras changed."""

    cameras: int = 0
    changed: int = 0
    organisations: int = 0
    units: int = 0
    teams: int = 0
    guards: int = 0
    areas: int = 0
    posts: int = 0
    checkpoints: int = 0


class Mistake(msgspec.Struct, frozen=True):
    """One thing wrong: `line` is the entry's number from 1, `key` and `values` as of the error."""

    line: int
    id: str
    key: str
    values: dict[str, Any]


def read_import(file: Path) -> dict[str, Any]:
    """Raises RecordError `import.file`."""
    try:
        return from_json(file.read_bytes(), dict[str, Any])
    except OSError as error:
        raise RecordError("import.file", f"{file}: {error.strerror}", file=str(file), why=error.strerror) from error
    except msgspec.MsgspecError as error:
        raise RecordError("import.file", f"{file}: {error}", file=str(file), why=str(error)) from error


def read_body(data: bytes) -> dict[str, Any]:
    """The same of a request's body. Raises RecordError `record.invalid`."""
    try:
        return from_json(data, dict[str, Any])
    except msgspec.MsgspecError as error:
        raise RecordError("record.invalid", str(error), wrong=fault_of(str(error))) from error


def named_camera(raw: object) -> NamedCamera:
    """A camera with `name_en` here and in its zones, and with `user` and `password` beside its addresses. Raises RecordError."""
    if not isinstance(raw, dict):
        raise RecordError("record.invalid", "a camera is an object", wrong=fault("dict_type"))
    zones = raw.get("zones") or []
    if not isinstance(zones, list):
        raise RecordError("record.invalid", "zones is a list", wrong=fault("list_type", "zones"))
    built = tuple(build_strict(Zone, zone, "name_en") for zone in zones)
    camera = build_strict(Camera, {**raw, "zones": []}, "name_en", "user", "password")
    told = {name: raw[name] for name in ("user", "password") if raw.get(name) is not None}
    login = build(CameraLogin, told) if told else None
    names = {zone["id"]: str(zone.get("name_en", "")) for zone in zones}
    return NamedCamera(msgspec.structs.replace(camera, zones=built), str(raw.get("name_en", "")), names, login)


def check_cameras(session: Session, raw: object) -> list[NamedCamera]:
    """Every camera of the list, in its order. Raises RecordError `import.form`, `import.mistakes` with all mistakes."""
    if not isinstance(raw, list):
        raise RecordError("import.form", "cameras must be a list")
    mistakes: list[Mistake] = []
    told: list[str] = []
    good: list[NamedCamera] = []
    codes: dict[str, str] = {}
    for line, entry in enumerate(raw, 1):
        try:
            named = named_camera(entry)
            if named.camera.id in codes.values():
                raise RecordError("import.repeated", f"{named.camera.id} stands twice", id=named.camera.id)
            check_camera(session, named.camera)
            if named.camera.code in codes:
                other_id = codes[named.camera.code]
                raise ConflictError("camera.code_taken", f"code {named.camera.code} is {other_id}'s too",
                                    code=named.camera.code, other=other_id)  # fmt: skip
        except LianqinError as error:
            name = str(entry.get("id", "")) if isinstance(entry, dict) else ""
            mistakes.append(Mistake(line, name, error.key, error.values))
            told.append(f"{line} ({name}): {error.detail}")
        else:
            good.append(named)
            codes[named.camera.code] = named.camera.id
    if mistakes:
        raise RecordError("import.mistakes", "; ".join(told[:10]), count=len(mistakes),
                          mistakes=[msgspec.to_builtins(m, enc_hook=str) for m in mistakes])  # fmt: skip
    return good


def do_import_cameras(session: Session, actor: Actor, raw: object, at: float) -> Counts:
    """Add or change every camera of the list, in the caller's transaction. Raises as `check_cameras`: nothing is kept."""
    good = check_cameras(session, raw)
    changed = sum(put_camera(session, actor, named, at) for named in good)
    return Counts(cameras=len(good), changed=changed)


def do_import_by_parts(store: Store, actor: Actor, raw: object, at: float) -> Counts:
    """The same beside alerts that are stored meanwhile: checked as a whole, and with one mistake nothing is written; then written
    piece by piece. After a crash the same list goes on where it was cut off."""
    with store.read() as session:
        good = check_cameras(session, raw)
    changed = 0
    for first in range(0, len(good), PART):
        with store.write() as session:
            changed += sum(put_camera(session, actor, named, at) for named in good[first : first + PART])
        store.breathe()
    return Counts(cameras=len(good), changed=changed)


def do_import(session: Session, actor: Actor, raw: dict[str, Any], at: float) -> Counts:
    """A whole county's set-up: who and where (patrol's), then cameras. In the caller's transaction.

    Raises RecordError naming an unknown part, what patrol raises, and `import.mistakes`.
    """
    for name in raw:
        if name not in PARTS:
            near = difflib.get_close_matches(name, PARTS, n=1, cutoff=0.0)[0]
            raise RecordError("record.unknown_field", f"no `{name}`; did you mean `{near}`?", field=name, nearest=near)
    seed.put_ground(session, actor, raw, at)
    counts = do_import_cameras(session, actor, raw.get("cameras", []), at)
    return msgspec.structs.replace(counts, **{name: len(raw.get(name) or ()) for name in seed.PARTS})
