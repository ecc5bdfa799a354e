"""Brightness and colours stay what they are wherever a stream is decoded or encoded anew: full and limited range, ten bits, other
colour sampling, sides that no encoder likes."""

from __future__ import annotations

import io
from typing import Any

import av
import cv2
import numpy as np
import pytest

from console.evidence.transcode import transcode
from ingest.codec.pixels import bgr_of, planar_of
from ingest.codec.recode import GREY, Recode, blur, masked
from ingest.evidence.clip import write_clip
from ingest.evidence.ring import Cut
from ingest.live.fmp4 import Fragments
from ingest.live.stills import newest_jpeg
from ingest.live.tap import Tap
from ingest.look.key_gate import small_grey
from tests.made_streams import Kind, Made, make, number_of, numbered, pictures

KINDS = {
    "H.264": Kind(bframes=0, frames=30),
    "H.264 of full range": Kind(bframes=0, frames=30, pixels="yuvj420p", full=True),
    "H.264 of full range with B-frames": Kind(frames=30, full=True),
    "H.264 of ten bits and full range": Kind(frames=30, pixels="yuv420p10le", full=True),
    "H.264 with half the colour": Kind(frames=30, pixels="yuv422p"),
    "H.264 with half the colour, ten bits": Kind(frames=30, pixels="yuv422p10le"),
    "H.264 with all colour, full range": Kind(frames=30, pixels="yuv444p", full=True),
    "H.265": Kind("hevc", bframes=0, frames=30),
    "H.265 of full range": Kind("hevc", bframes=0, frames=30, pixels="yuvj420p", full=True),
    "H.265 of ten bits with B-frames": Kind("hevc", frames=30, pixels="yuv420p10le"),
    "H.265 of ten bits and full range": Kind("hevc", frames=30, pixels="yuv420p10le", full=True),
    "H.265 with half the colour, full range": Kind("hevc", frames=30, pixels="yuv422p", full=True),
    "638 x 358": Kind(frames=30, size=(638, 358)),
    "1366 x 768 of full range": Kind(frames=30, size=(1366, 768), full=True),
    "352 x 288": Kind(frames=30, size=(352, 288)),
    "354 x 286 in H.265": Kind("hevc", frames=30, size=(354, 286)),
    "odd sides": Kind(frames=30, size=(353, 287), pixels="yuv444p"),
    "interlaced": Kind(frames=30, size=(720, 576), more="interlaced=1"),
}
SMALL = ((0.0, 0.9), (0.1, 0.9), (0.1, 1.0), (0.0, 1.0))
WITHIN = 1.0
"""Levels of 255 by which the mean may differ."""


@pytest.fixture(scope="module", params=KINDS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("made"), KINDS[request.param])


def mean(picture: Any) -> float:
    """Of what is neither number nor mask."""
    height, width = picture.shape[:2]
    return float(picture[height * 3 // 10 : height * 6 // 10, width // 8 :].mean())


def as_taken(made: Made) -> float:
    """How bright a plain decoder shows what the camera sent: by some levels of rounding what stood before the camera, where the
    wrong range is eight levels off."""
    found = mean(pictures(made.packets[:10], made.kind.codec)[0][1])
    assert found == pytest.approx(mean(numbered(0, made.kind)), abs=3)
    return found


def recoded(made: Made, paint: Any = None) -> list[Any]:
    recode = Recode(made.format, paint, crf=18)
    return [one for packet in made.packets for one in recode.packet(packet)]


def test_a_detector_is_given_the_picture_as_it_is(made: Made) -> None:
    decoder: Any = av.CodecContext.create(made.kind.codec, "r")
    frames = [frame for one in made.packets for frame in decoder.decode(av.Packet(one.content))]
    for frame in frames[:3]:
        bgr = bgr_of(frame)
        assert bgr.shape == (made.kind.size[1], made.kind.size[0], 3)
        assert mean(bgr) == pytest.approx(as_taken(made), abs=WITHIN)
        assert small_grey(frame).shape == (90, 160)
        plain = planar_of(frame)
        assert (plain.width % 2, plain.height % 2, len(plain.planes)) == (0, 0, 3)


@pytest.mark.parametrize("paint", [None, masked([SMALL]), blur], ids=["transcoded", "masked", "blurred"])
def test_what_is_encoded_anew_is_as_bright_as_it_was(made: Made, paint: Any) -> None:
    packets = recoded(made, paint)
    assert len(packets) >= made.kind.frames - 6
    shown = pictures(packets)
    assert all(mean(picture) == pytest.approx(as_taken(made), abs=WITHIN) for _, picture in shown)
    if paint is not blur:
        assert [number_of(picture) for _, picture in shown] == [made.number_at(at) for at, _ in shown]


def test_a_mask_covers_what_it_is_to_cover_and_nothing_else(made: Made) -> None:
    across, down = made.kind.size
    for _, picture in pictures(recoded(made, masked([SMALL]))):
        dark = picture[int(down * 0.93) :, : int(across * 0.07)].astype(int)
        assert np.abs(dark - dark.mean()).max() < 14
        assert dark.mean() == pytest.approx(GREY if made.kind.full else (GREY - 16) * 255 / 219, abs=6)
        assert picture[int(down * 0.93) :, int(across * 0.2) :].mean() > 60


def test_a_snapshot_is_as_bright_as_the_camera_sees_it(made: Made) -> None:
    tap = Tap()
    tap.begin(made.format)
    for packet in made.packets[:10]:
        tap.take(packet)
    for whole in (False, True):
        jpeg = newest_jpeg(tap, whole=whole)
        assert jpeg is not None
        picture: Any = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert mean(picture) == pytest.approx(as_taken(made), abs=WITHIN)
        assert number_of(picture) == (0 if not whole else max(made.number_at(one.at) for one in made.packets[:10]))


def test_a_clip_for_browsers_is_as_bright_and_shows_each_picture_at_its_time(made: Made) -> None:
    clip = transcode(write_clip(Cut(made.format, made.packets)))
    with av.open(io.BytesIO(clip)) as file:
        frames = list(file.decode(video=0))
    assert len(frames) == made.kind.frames
    for n, frame in enumerate(frames):
        assert frame.format.name in {"yuv420p", "yuvj420p"}
        picture = frame.to_ndarray(format="bgr24")
        assert number_of(picture) == n
        assert frame.time == pytest.approx(n / made.kind.fps, abs=2e-3)
        assert mean(picture) == pytest.approx(as_taken(made), abs=WITHIN)


def test_fragments_of_what_is_encoded_anew_are_as_bright(made: Made) -> None:
    packets = recoded(made)
    fragments = Fragments(packets[0])
    flow = b"".join(fragments.add(one, n * 3600) for n, one in enumerate(packets))
    with av.open(io.BytesIO(flow)) as file:
        shown = [frame.to_ndarray(format="bgr24") for frame in file.decode(video=0)]
    assert len(shown) >= len(packets) - 1
    assert all(mean(picture) == pytest.approx(as_taken(made), abs=WITHIN) for picture in shown)


@pytest.mark.parametrize(("full", "level"), [(False, 81), (True, 81)])
def test_a_picture_in_black_and_white_alone_is_read_by_its_range(full: bool, level: int) -> None:
    frame = av.VideoFrame(64, 48, "gray")
    plane: Any = frame.planes[0]
    plane.update(bytes([level]) * plane.buffer_size)
    frame.color_range = 2 if full else 1
    wanted = level if full else (level - 16) * 255 / 219
    assert bgr_of(frame).mean() == pytest.approx(wanted, abs=WITHIN)
