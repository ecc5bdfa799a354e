"""Records read from Redis Streams and hashes (`lianqin.records`, `lianqin.batches`, `patrol.sos.waiting`)."""

from __future__ import annotations

import msgspec

from lianqin.batches import joined, parts_of, split_readable
from lianqin.errors import RecordError
from lianqin.records import (
    Alive,
    Device,
    Evidence,
    FixBatch,
    Quarantined,
    SosCall,
    TrackPath,
    TrackPoint,
    WatchMinute,
    WatchMinutes,
    decode,
    encode,
)
from lianqin.testing import T0, a_camera, a_fix, an_alert
from lianqin.texts import is_storable
from patrol.sos.waiting import calls_in, salvaged
from tests.fuzz.target import Target


def run(data: bytes) -> bool:
    said, fixes = salvaged(data, T0)
    for call in (*said, *fixes):
        assert call.guard_id
        encode(call)
    split = split_readable(data)
    if split is not None:
        decode(split[0])
    try:
        record = decode(data)
    except RecordError:
        return split is not None
    again = decode(encode(record))
    assert again == record
    assert is_storable(encode(record).decode())
    calls_in(record)
    parts = parts_of(record)
    assert not parts or joined(parts) == record
    return True


TRACK = TrackPath("t", "person", True, (TrackPoint(T0, (0.1, 0.1, 0.2, 0.2), 0.9),))
CALL = SosCall("so-1", "D1", "G1", T0, T0, 34.0, 119.2)
RECORDS = (
    an_alert(),
    Evidence("al-1", "C1", T0, (TRACK,), "a/b.mp4", clip_from=T0),
    a_camera(),
    Device("D1", "G1", "ab"),
    a_fix(),
    FixBatch((a_fix(), a_fix(alarm="sos")), (CALL,), (Alive("D1", "G1", T0),)),
    CALL,
    Quarantined("qu-1", T0, "jt808", "why", "raw"),
    WatchMinutes((WatchMinute("C1", 29_000_000, "w1", 60.0, blind={"black": 3.0}),)),
)
HEALTH = b'{"type":"camera_health","camera_id":"C1","state":"ok","reason":"","since":1790000000.0,"at":1790000000.5,"false_places":[{"family":"person","box":[0,0,1,1],"seconds":5,"at":1.0}]}'
BROKEN = msgspec.json.encode(
    {"type": "fixes", "fixes": [{"alarm": "SOS", "guard_id": "G1", "lat": 95}], "sos": [{"guard_id": "G1", "at": "x"}]}
)
TARGET = Target(
    run, (*map(encode, RECORDS), HEALTH, BROKEN, encode(CALL).replace(b"34.0", b"95")),
    (b'"type":"fixes"', b'"type":"sos"', b'"sos":[{', b'"alarm":"sos"', b'"guard_id":"G1"', b'"fixes":[', b'"minutes":[', b"\\u0000", b"\\ud800", b"\xff", b"1e999", b"9" * 40,
     b"null", b"[" * 40, b'{"a":' * 40, b'"type":', b"-1"),
    most=3000, steps=(30_000, 300), share=2,
)  # fmt: skip
