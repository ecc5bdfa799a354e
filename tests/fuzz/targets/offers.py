"""What a browser offers to see live video (`ingest.live.h264_offer`): SDP that a session's owner may write as he likes."""

from __future__ import annotations

from ingest.live.h264_offer import call_it, take_one
from tests.fuzz.target import Target

SENT = ("42001e", "64001f", "f4001e")


def run(data: bytes) -> bool:
    text, found = data[1:].decode("utf-8", "replace"), False
    sent = SENT[data[0] % len(SENT)] if data else SENT[0]
    taken, name = take_one(text, sent)
    assert len(name) == 6
    int(name, 16)
    found = taken != text
    assert len(taken) <= 3 * len(text) + 64
    call_it(taken, name)
    return found


OFFER = (b"v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 102 103 125\r\na=rtpmap:102 H264/90000\r\na=rtpmap:125 H264/90000\r\n"
         b"a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f\r\n"
         b"a=fmtp:125 packetization-mode=1;profile-level-id=64001f\r\na=rtpmap:103 rtx/90000\r\na=fmtp:103 apt=102\r\n")  # fmt: skip
TARGET = Target(
    run, tuple(bytes([n]) + OFFER for n in range(3)),
    (b"a=rtpmap:", b" H264/90000", b"a=fmtp:", b"profile-level-id=", b"packetization-mode=1", b"f4001e", b"\xd9\xa1"),
)  # fmt: skip
