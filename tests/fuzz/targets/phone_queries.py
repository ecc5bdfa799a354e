"""The short way of a plain query says what the long one says, or nothing (`patrol.intake.quick`)."""

from __future__ import annotations

import redis

from lianqin.testing import T0, FakeClock
from patrol.intake.accept import accept, item_for
from patrol.intake.devices import Devices
from patrol.intake.quick import Quick
from patrol.intake.readers import HttpRequest
from tests.fuzz.target import Target
from tests.patrol.intake.test_fuzz import KNOWN, SECRET

DEVICES = Devices(redis.Redis(), FakeClock())
DEVICES.by_sha256 = KNOWN


def run(data: bytes) -> bool:
    quick = Quick(DEVICES).item(data, T0 + 5)
    if quick is None:
        return False
    assert quick == item_for(accept(HttpRequest(data.decode("latin-1"), {}, b""), KNOWN, T0 + 5), T0 + 5)
    return True


PLAIN = b"id=%b&timestamp=%d&lat=34.0&lon=119.2&speed=2.5&bearing=90.0&altitude=3.0&accuracy=12.5&batt=80.0" % (
    SECRET.encode(),
    T0,
)
TARGET = Target(
    run, (PLAIN, PLAIN.replace(b"119.2", b"-0.0005"), PLAIN.replace(b"%d" % T0, b"%d" % (T0 * 1000)), PLAIN + b"&charge=true&driver="),
    (b"&lat=", b"&lon=", b"&timestamp=", b"&speed=", b"1e5", b"-", b"0.", b"null", b"true", b"-0.0", b"00", b"1e-5", b"&batt=", b"&x=", SECRET.encode()),
    most=400, share=2,
)  # fmt: skip
