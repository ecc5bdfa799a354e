"""Waypoints of GPX files (`patrol.county.gpx`)."""

from __future__ import annotations

from lianqin.errors import RecordError
from patrol.county.gpx import looks_like_gpx, read_waypoints, to_table
from tests.fuzz.target import Target

AREAS = {"A1": ((119.2, 34.0), (119.21, 34.0), (119.21, 34.01)), "A2": ((119.0, 33.0), (120.0, 33.0), (120.0, 35.0))}


def run(data: bytes) -> bool:
    looks_like_gpx(data)
    try:
        found = read_waypoints(data)
    except RecordError:
        return False
    table = to_table(found, AREAS)
    assert len(table) == len(found) + 1
    assert all(len(str(cell)) < 400 for row in table for cell in row[:3])
    return True


ONE = b'<wpt lat="34.001" lon="119.205"><ele>5</ele><name>\xe4\xb8\x9c\xe9\x97\xa8</name><ex><name>no</name></ex></wpt>'
TARGET = Target(
    run,
    (
        b'<?xml version="1.0" encoding="UTF-8"?><gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1">' + ONE + b"<trk/></gpx>",
        b"<gpx>" + ONE + ONE + b"</gpx>", b'<?xml version="1.0" encoding="GB2312"?><gpx>' + b"<wpt/></gpx>",
        b'<?xml version="1.0" encoding="latin-1"?><gpx><wpt lat="nan" lon="1e999"/></gpx>',
        '<gpx><wpt lat="1" lon="2"/></gpx>'.encode("utf-16"),
    ),
    (b"<wpt ", b'lat="', b'lon="', b"</wpt>", b"<name>", b"<![CDATA[", b"]]>", b"&#0;", b"&#x10ffff;", b"<!DOCTYPE x [", b"<!ENTITY a 'b'>", b"&a;",
     b'encoding="', b"utf-7", b"gbk", b"big5", b"hex", b"ucs-4", b"<?x y?>", b"xmlns:a='b'"),
    most=3000, steps=(20_000, 200), share=2,
)  # fmt: skip
