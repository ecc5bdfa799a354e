"""What is too large to be decoded is told so and takes no memory; what is large as cameras have it is decoded."""

from __future__ import annotations

import contextlib
from pathlib import Path

import psutil
import pytest

from ingest.codec.decoders import open_decoder, raw_packet
from ingest.codec.recode import Recode
from ingest.live.stills import newest_jpeg
from ingest.live.tap import Tap
from ingest.look.gated import Watch
from ingest.look.key_gate import KeyGate
from ingest.look.sampler import Sampler
from ingest.stream import EncodedPacket, VideoFormat
from lianqin.errors import SourceUnreadable
from tests.made_streams import Kind, an_sps, make


@pytest.mark.parametrize("where", ["in the stream", "in the description"])
def test_a_picture_that_is_too_large_is_named_and_takes_no_memory(where: str) -> None:
    huge = an_sps(768, 768)
    sets, told = (b"", (640, 360)) if where == "in the stream" else (huge, (12288, 12288))
    before = psutil.Process().memory_info().rss
    with pytest.raises(SourceUnreadable, match=r"12288 ?x ?12288"):
        Watch(VideoFormat("h264", *told, 25.0, sets), Sampler(0.2, 60.0, 3.0), KeyGate()).packet(
            EncodedPacket(1.0, True, huge)
        )
    recode = None
    with contextlib.suppress(SourceUnreadable):
        recode = Recode(VideoFormat("h264", *told, 25.0, sets))
    assert recode is None or recode.packet(EncodedPacket(1.0, True, huge)) == []
    tap = Tap()
    tap.begin(VideoFormat("h264", *told, 25.0, sets))
    tap.take(EncodedPacket(1.0, True, huge))
    assert newest_jpeg(tap) is None
    assert psutil.Process().memory_info().rss - before < 64 * 1024 * 1024


def test_a_picture_of_eight_thousand_across_is_decoded(tmp_path: Path) -> None:
    made = make(tmp_path, Kind(size=(7680, 4320), frames=1, bframes=0, more="subme=0:me=dia:ref=1"))
    decoder = open_decoder(made.format)
    frames = [frame for packet in [raw_packet(made.packets[0]), None] for frame in decoder.decode(packet)]
    assert [(frame.width, frame.height) for frame in frames] == [(7680, 4320)]
