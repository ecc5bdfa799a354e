"""Set-up from JSON that people send: who and where, cameras and their zones (`patrol.county.book`, `console.cameras.files`, `lianqin.zone_check`)."""

from __future__ import annotations

import json

from console.cameras.files import named_camera, read_body
from lianqin.errors import RecordError
from lianqin.texts import storable_all
from lianqin.zone_check import check_masks, check_zone
from patrol.county.book import read_entry
from patrol.county.entries import KINDS
from tests.fuzz.target import Target


def run(data: bytes) -> bool:
    kind = data[0] % (len(KINDS) + 1) if data else 0
    try:
        told = read_body(data[1:])
        if kind < len(KINDS):
            values = read_entry(KINDS[kind], told)
            assert set(storable_all(told)) <= set(values)
        else:
            camera = named_camera(told).camera
            for zone in camera.zones:
                check_zone(zone)
            check_masks(camera.id, camera.masks)
    except RecordError:
        return False
    return True


def body(which: int, **told: object) -> bytes:
    return bytes([which]) + json.dumps(told, ensure_ascii=False).encode()


RING = [[119.2, 34.0], [119.21, 34.0], [119.21, 34.01]]
ENTRIES = {
    "organisations": {"id": "O1", "kind": "county", "name": "县", "code": "370211"},
    "units": {"id": "U1", "kind": "property", "name": "单位", "service_area": RING},
    "areas": {"id": "A1", "name": "区", "polygon": RING, "windows": [[450, 540]], "risk": "red"},
    "posts": {"id": "P1", "area_id": "A1", "name": "岗", "lon": 119.2, "lat": 34.0, "unit_ids": ["U1"]},
    "checkpoints": {"id": "K1", "area_id": "A1", "name": "点", "lon": 119.2, "lat": 34.0, "nfc_id": "04:a2:1b"},
    "teams": {"id": "T1", "unit_id": "U1", "name": "班", "strength": 5},
    "guards": {"id": "G1", "unit_id": "U1", "name": "张三", "cert_valid_until": "2029-12-31", "notice_signed_at": 1.5},
}
ZONE = {
    "id": "z",
    "name": "东门",
    "situation": "intrusion",
    "points": [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8]],
    "schedules": [{"from_minute": 0, "to_minute": 1440}],
}
CAMERA = {
    "id": "C1",
    "code": "34020000001320000001",
    "name": "门",
    "url": "rtsp://a:b@10.0.0.1/x",
    "zones": [ZONE],
    "masks": [[[0.1, 0.1], [0.2, 0.1], [0.2, 0.2]]],
}
TARGET = Target(
    run, (*(body(n, **ENTRIES[kind]) for n, kind in enumerate(KINDS)), body(len(KINDS), **CAMERA)),
    (b'"polygon":', b'"points":', b"[[", b"]]", b"119.2", b"1e308", b"1e999", b"-0.0", b"null", b'"zones":', b'"masks":', b'"line_crossing"', b"\\ud800", b"\\u0000",
     b'"schedules":', b'"name_en":', b'"windows":', b"9" * 30, b"{", b"[", b'"id":'),
    most=2500, steps=(60_000, 1500), share=2,
)  # fmt: skip
