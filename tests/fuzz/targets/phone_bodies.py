"""What phones post: every public client, well-meant or not (`patrol.intake.readers`, `accept`). An input is body, query, Authorization and
X-Limit-U, parted by 0x1e."""

from __future__ import annotations

import base64

from lianqin.testing import T0
from patrol.devices.credential import credential_sha256
from patrol.intake.accept import accept
from patrol.intake.readers import HttpRequest
from tests.fuzz.target import Target
from tests.patrol.intake.test_fuzz import DEVICE, assert_one_fate

PART = b"\x1e"
SECRET = "3f9a6c1e0b7d42558e21c4d9a07be613"
"""As enrolment makes them: found wherever it begins, which a short word is not."""
KNOWN = {credential_sha256(SECRET): DEVICE}


def run(data: bytes) -> bool:
    body, query, basic, user, *_ = (*data.split(PART, 3), b"", b"", b"")
    headers = {
        name: value.decode("latin-1") for name, value in (("authorization", basic), ("x-limit-u", user)) if value
    }
    found = accept(HttpRequest(query.decode("latin-1"), headers, body), KNOWN, T0 + 1)
    assert_one_fate(found)
    assert all(SECRET not in aside.raw + aside.why for aside in found.quarantined)
    return bool(found.fixes or found.calls)


BASIC = b"Basic " + base64.b64encode(f"u:{SECRET}".encode())
OWNTRACKS = (
    b'{"_type":"location","lat":34.0,"lon":119.2,"tst":%d,"acc":12,"vel":36,"cog":90,"alt":5,"batt":80,"tid":"ab","_id":"f1","topic":"owntracks/u/d"}'
    % T0
)
TRACCAR_9 = (
    b'{"device_id":"%b","location":{"timestamp":"2026-09-21T14:13:20Z","coords":{"latitude":34.0,"longitude":119.2,"speed":2,"accuracy":9},'
    b'"battery":{"level":0.8},"uuid":"u-1","extras":{"alarm":"sos"}}}'
) % SECRET.encode()
FORM = b"id=%b&lat=34.0&lon=119.2&timestamp=%d&speed=3&bearing=90&batt=80&alarm=sos" % (SECRET.encode(), T0)
FLAT = (
    b'[{"id":"%b","lat":34.0,"lon":"119.2","timestamp":%d},{"id":"%b","location":"34.0,119.2","alarm":["low","sos"]}]'
    % (SECRET.encode(), T0 * 1000, SECRET.encode())
)
TARGET = Target(
    run,
    (
        OWNTRACKS + PART + PART + BASIC + PART + b"u",
        b"[" + OWNTRACKS + b"," + OWNTRACKS.replace(b"location", b"waypoint") + b"]" + PART + PART + BASIC,
        TRACCAR_9, TRACCAR_9.replace(b'"location":{', b'"location":[{').replace(b"}}}", b"}}]}"),
        FORM, PART + FORM, FLAT, b'{"x":' * 60 + b"1" + b"}" * 60, b"\xef\xbb\xbf" + FLAT,
        b'{"device_id":"%b","alarm":"\xff sos"}' % SECRET.encode(), PART + b"id=%b&alarm=low,SOS&lat=0&lon=0" % SECRET.encode(),
    ),
    (SECRET.encode(), b'"lat":', b'"lon":', b'"tst":', b'"_type":"location"', b'"location":', b'"coords":', b'"alarm":', b"sos", b'"timestamp":', b"1e999",
     b"\\ud800", b"\\u0000", b"nan", b"-1", b"1790000000", b"2026-09-21T14:13:20Z", b"0001-01-01T00:00:00+14:00", b"&", b"=", b"%00", b"{", b"}", b"[", b"]",
     PART, BASIC, b"null", b"9" * 400),
    most=3000, steps=(60_000, 400), share=4,
)  # fmt: skip
