"""Which payload of an offer is taken for a stream, and what the answer calls it."""

from __future__ import annotations

import pytest

from ingest.live.h264_offer import KNOWN, call_it, take_one

CHROME = ["42001f", "42e01f", "4d001f", "64001f"]
DEBIAN = ["42001f", "42e01f", "4d001f", "f4001f"]
FIREFOX = ["42e01f", "42001f"]


def an_offer(profiles: list[str], mode: int = 1) -> str:
    lines = ["v=0", "m=video 9 UDP/TLS/RTP/SAVPF 96 97", "a=rtpmap:96 VP8/90000"]
    for n, profile in enumerate(profiles):
        told = f"level-asymmetry-allowed=1;packetization-mode={mode};profile-level-id={profile}"
        lines += [f"a=rtpmap:{100 + 2 * n} H264/90000", f"a=fmtp:{100 + 2 * n} {told}"]
        lines += [f"a=rtpmap:{101 + 2 * n} rtx/90000", f"a=fmtp:{101 + 2 * n} apt={100 + 2 * n}"]
    return "\r\n".join(lines) + "\r\n"


@pytest.mark.parametrize(
    ("profiles", "sent", "payload", "name"),
    [
        (CHROME, "640029", 106, "640029"),
        (CHROME, "4d0029", 104, "4d0029"),
        (CHROME, "4d4029", 104, "4d4029"),
        (CHROME, "42c028", 102, "42c028"),
        (CHROME, "42001e", 100, "42001e"),
        (DEBIAN, "640028", 104, "4d0028"),
        (FIREFOX, "640028", 100, "42e028"),
        (["640c1f", "64001f"], "640028", 102, "640028"),
    ],
)
def test_the_payload_of_the_streams_profile_is_taken_and_named_as_it_is_sent(
    profiles: list[str], sent: str, payload: int, name: str
) -> None:
    told, called = take_one(an_offer(profiles), sent)
    assert called == name
    taken = [line for line in told.splitlines() if line.startswith("a=rtpmap") and "H264" in line]
    assert taken == [f"a=rtpmap:{payload} H264/90000"]
    assert f"a=fmtp:{payload} level-asymmetry-allowed=1;packetization-mode=1;profile-level-id={KNOWN}" in told
    assert f"profile-level-id={name}" in call_it(told, called)


@pytest.mark.parametrize("offer", ["v=0\r\n", an_offer([]), an_offer(CHROME, mode=0)])
def test_an_offer_without_what_can_be_sent_stays_as_it_is(offer: str) -> None:
    assert take_one(offer, "640028")[0] == offer
