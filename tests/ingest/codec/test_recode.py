"""What is decoded, painted on and encoded anew: masks that nothing shines through, faces that nobody knows, MP4 in pieces."""

from __future__ import annotations

import io
from typing import Any

import av
import numpy as np
import pytest

from ingest.codec.recode import GREY, Recode, blur, masked
from ingest.live.fmp4 import Fragments
from ingest.stream import EncodedPacket, VideoFormat

TRIANGLE = ((0.1, 0.1), (0.9, 0.1), (0.5, 0.9))
RIGHT = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))


def packets_of(stream: Any) -> tuple[list[EncodedPacket], VideoFormat]:
    """A loop's packets as the reader gives them."""
    form = {"h264": "h264", "hevc": "hevc"}[stream.codec]
    with av.open(str(stream.path)) as inward:
        flow = av.BitStreamFilterContext(f"{form}_mp4toannexb", inward.streams.video[0])
        raw = [out for packet in inward.demux(video=0) for out in flow.filter(packet)]
    found = [EncodedPacket(n / 25, bool(one.is_keyframe), bytes(one)) for n, one in enumerate(raw)]
    return found, VideoFormat(stream.codec, stream.width, stream.height, 25.0, b"")


def pictures(packets: list[EncodedPacket], codec: str = "h264") -> list[Any]:
    decoder: Any = av.CodecContext.create(codec, "r")
    frames = [frame for one in packets for frame in decoder.decode(av.Packet(one.content))]
    return [frame.to_ndarray(format="bgr24").astype(int) for frame in [*frames, *decoder.decode(None)]]


@pytest.mark.parametrize("codec", ["h264", "hevc"])
@pytest.mark.parametrize("which", ["main", "sub"])
def test_nothing_shines_through_a_mask_and_the_rest_stays(loops: Any, codec: str, which: str) -> None:
    packets, found = packets_of(getattr(loops, codec)[which])
    recode = Recode(found, masked([RIGHT]), crf=18)
    made = [one for packet in packets for one in recode.packet(packet)]
    assert len(made) >= len(packets) - 3
    assert [one.at for one in made if one.is_key][:2] == [one.at for one in packets if one.is_key][:2]
    assert recode.format == VideoFormat("h264", found.width, found.height, 25.0, b"")
    before, after = pictures(packets, codec), pictures(made)
    middle = found.width // 2
    for one in after:
        assert np.abs(one[:, middle + 4 :] - one[:, middle + 4 :].mean()).max() < 12, "the bright square is not seen"
    drift = [np.abs(a[:, : middle - 4] - b[:, : middle - 4]).mean() for a, b in zip(before, after, strict=False)]
    assert max(drift) < 6
    assert any(one[:, : middle - 4].max() > 150 for one in after), "the square is seen where no mask is"


def test_a_mask_covers_its_very_edge_and_only_that(loops: Any) -> None:
    packets, found = packets_of(loops.h264["main"])
    decoder: Any = av.CodecContext.create("h264", "r")
    [frame] = [one for packet in packets[:3] for one in decoder.decode(av.Packet(packet.content))][:1]
    before = frame.to_ndarray()
    painted = masked([TRIANGLE])(frame).to_ndarray()
    assert np.array_equal(frame.to_ndarray(), before), "the decoder's own picture stays"
    luma = painted[: found.height]
    for x, y in ((0.5, 0.1), (0.5, 0.5), (0.2, 0.15), (0.5, 0.88)):
        assert luma[int(y * found.height), int(x * found.width)] == GREY
    for x, y in ((0.05, 0.5), (0.95, 0.5), (0.5, 0.97)):
        assert luma[int(y * found.height), int(x * found.width)] == before[int(y * found.height), int(x * found.width)]


def test_a_blurred_picture_shows_shapes_alone(loops: Any) -> None:
    packets, found = packets_of(loops.h264["main"])
    recode = Recode(found, blur)
    made = [one for packet in packets[:25] for one in recode.packet(packet)]
    shown = pictures(made)[-1]
    assert shown.shape[1] == 320
    sharp = np.abs(np.diff(pictures(packets[:25])[-1], axis=1)).max()
    assert np.abs(np.diff(shown, axis=1)).max() < sharp / 3


def test_what_can_not_be_decoded_gives_nothing_and_harms_nothing(loops: Any) -> None:
    packets, found = packets_of(loops.h264["sub"])
    recode = Recode(found, masked([RIGHT]))
    assert recode.packet(EncodedPacket(0.0, True, b"\0\0\0\1garbage")) == []
    assert any(recode.packet(packet) for packet in packets)


def test_fragments_are_mp4_that_a_player_reads_as_it_comes(loops: Any) -> None:
    packets, _ = packets_of(loops.h264["sub"])
    fragments = Fragments(packets[0])
    pieces = [fragments.add(one, 1_000_000 + n * 3600) for n, one in enumerate(packets)]
    assert fragments.media_type.startswith('video/mp4; codecs="avc1.')
    assert all(pieces[2:]), "each picture's bytes are there at once"
    with av.open(io.BytesIO(b"".join(pieces))) as clip:
        times = [frame.time for frame in clip.decode(video=0)]
    assert len(times) == len(packets) - 1
    assert times[:3] == pytest.approx([0.0, 0.04, 0.08])


def test_fragments_end_when_the_picture_changes(loops: Any) -> None:
    (small, _), (large, _) = packets_of(loops.h264["sub"]), packets_of(loops.h264["main"])
    fragments = Fragments(small[0])
    with pytest.raises(ValueError, match="changed"):
        fragments.add(large[0], 0)
    with pytest.raises(ValueError, match=r"picture|parameter set"):
        Fragments(EncodedPacket(0.0, True, b"nothing"))
