"""Session descriptions of cameras (`ingest.source.description`)."""

from __future__ import annotations

from ingest.source.description import InBand, base_of, read_description, resolve
from ingest.source.rtsp_message import NotOurs
from tests.fuzz.target import Target


def run(data: bytes) -> bool:
    text = data.decode("utf-8", "replace")
    try:
        told = read_description(text)
        assert told.format.width > 0
        assert told.format.height > 0
    except InBand as bare:
        found = bare.track
    except NotOurs:
        return False
    else:
        found = told  # type: ignore[assignment]
    assert found.clock_rate > 0
    assert found.payload is None or 0 <= found.payload < 128
    plain = "".join(letter for letter in text if letter.isprintable())  # as a message's headers are
    for headers in ({}, {"content-base": plain}, {"content-location": plain}):
        assert resolve(base_of("rtsp://10.0.0.1:554/x?a=1", headers, found.aggregate), found.control).isprintable()
    return True


H264 = (
    b"v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\na=control:*\r\nm=audio 0 RTP/AVP 8\r\nm=video 0 RTP/AVP 96\r\na=framerate:25.0\r\na=rtpmap:96 H264/90000\r\n"
    b"a=fmtp:96 packetization-mode=1;profile-level-id=42001e;sprop-parameter-sets=Z0IAHpWoKA9puAgICBA=,aM48gA==\r\na=control:trackID=1\r\n"
)
HEVC = (
    b"m=video 0 RTP/AVP 98 96\na=rtpmap:98 H265/90000\na=fmtp:98 sprop-vps=QAEMAf//AWAAAAMAsAAAAwAAAwBdrAk=; "
    b"sprop-sps=QgEBAWAAAAMAsAAAAwAAAwBdoAKAgC0WNrkky/AIAAADAAgAAAMAwEA=; sprop-pps=RAHA8vA8kA==\na=control:rtsp://10.0.0.1/x/trackID=2?a=b\n"
)
TARGET = Target(
    run,
    (H264, HEVC, H264.replace(b"sprop-parameter-sets", b"x"), b"m=video 0 RTP/SAVP 96\r\na=rtpmap:96 H264/90000\r\n"),
    (b"a=rtpmap:", b"a=fmtp:96 ", b"sprop-sps=", b"sprop-parameter-sets=", b"m=video 0 RTP/AVP ", b"a=control:", b"H265/90000", b"a=framerate:",
     b"sprop-max-don-diff=", b"nan", b"inf", b"1e309", b"\xc2\xb2", b"rtsp://"),
    share=2,
)  # fmt: skip
