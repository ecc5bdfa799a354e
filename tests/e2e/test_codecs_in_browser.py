"""What a real browser makes of streams that cameras send: clips and fragments with each picture in its order and as bright as it
is, and answers that name what is really sent."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from console.evidence.transcode import transcode
from ingest.codec.recode import Recode
from ingest.evidence.clip import write_clip
from ingest.evidence.ring import Cut
from ingest.live.fmp4 import Fragments
from ingest.live.tap import Tap
from ingest.live.whep import answer_offer, sent_profile
from tests.made_streams import BITS, Kind, Made, make, numbered

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.timeout(120)]
FRAMES = 72
PLAY = """async ([body, type, bits]) => {
  const bytes = Uint8Array.from(atob(body), (one) => one.charCodeAt(0));
  const video = document.createElement("video"), canvas = document.createElement("canvas");
  video.muted = true;
  document.body.append(video);
  const pen = canvas.getContext("2d", { willReadFrequently: true }), seen = [];
  const look = (_, told) => {
    const [w, h] = [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    pen.drawImage(video, 0, 0);
    const level = (x, y, w, h) => {
      const data = pen.getImageData(x, y, w, h).data;
      let sum = 0;
      for (let n = 0; n < data.length; n += 4) sum += data[n] + data[n + 1] + data[n + 2];
      return sum / (data.length / 4) / 3;
    };
    let number = 0;
    for (let bit = 0; bit < bits; bit++) if (level(Math.floor(w * (bit + 0.5) / bits), Math.floor(h / 10), 2, 2) > 128) number |= 1 << bit;
    seen.push([told.mediaTime, number, level(w >> 3, Math.floor(h * 0.3), w - (w >> 3), Math.floor(h * 0.6) - Math.floor(h * 0.3))]);
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
  if (type) {
    const source = new MediaSource();
    video.src = URL.createObjectURL(source);
    await new Promise((done) => source.addEventListener("sourceopen", done, { once: true }));
    const buffer = source.addSourceBuffer(type);
    buffer.addEventListener("updateend", () => source.readyState === "open" && source.endOfStream(), { once: true });
    buffer.appendBuffer(bytes);
  } else video.src = URL.createObjectURL(new Blob([bytes], { type: "video/mp4" }));
  video.playbackRate = 0.5;
  const ended = await new Promise((done) => {
    video.onended = () => done("ended");
    video.onerror = () => done(video.error.message);
    setTimeout(() => done("it took too long"), 40000);
    video.play().catch((why) => done(String(why)));
  });
  const total = video.getVideoPlaybackQuality().totalVideoFrames;
  video.remove();
  return { ended, seen, total };
}"""
OFFER = """async () => {
  const peer = (window.peer = new RTCPeerConnection());
  peer.addTransceiver("video", { direction: "recvonly" });
  await peer.setLocalDescription(await peer.createOffer());
  return peer.localDescription.sdp;
}"""
KINDS = {
    "B-frames": Kind(frames=FRAMES),
    "a pyramid of full range": Kind(bframes=5, more="b-pyramid=normal:ref=4", frames=FRAMES, full=True),
    "an open group": Kind(frames=FRAMES, more="open-gop=1"),
    "full range": Kind(bframes=0, frames=FRAMES, full=True),
    "H.265 with B-frames": Kind("hevc", frames=FRAMES),
    "H.265 of full range": Kind("hevc", bframes=0, frames=FRAMES, full=True),
    "H.265 of ten bits": Kind("hevc", frames=FRAMES, pixels="yuv420p10le"),
}


@pytest.fixture(scope="module", params=KINDS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("made"), KINDS[request.param])


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page()
    yield page
    page.close()


def played(page: Page, body: bytes, media_type: str = "") -> list[tuple[float, int, float]]:
    """Of each picture that was shown: its time, its number, how bright it is."""
    found = page.evaluate(PLAY, [base64.b64encode(body).decode(), media_type, BITS])
    assert found["ended"] == "ended"
    assert found["total"] >= FRAMES - 5
    return [tuple(one) for one in found["seen"]]


def check(shown: list[tuple[float, int, float]], made: Made) -> None:
    assert len(shown) > FRAMES * 0.6, "a busy machine paints some pictures late"
    times, numbers, levels = zip(*shown, strict=True)
    assert list(numbers) == sorted(numbers)
    assert [number - round((time - times[0]) * made.kind.fps) - numbers[0] for time, number in zip(times, numbers, strict=True)] \
        == [0] * len(shown)  # fmt: skip
    sent = numbered(0, made.kind)
    height, width = sent.shape[:2]
    wanted = sent[int(height * 0.3) : int(height * 0.6), width // 8 :].mean()
    assert np.median(levels) == pytest.approx(wanted, abs=2), "the wrong range is eight levels off"


def test_a_clip_plays_with_each_picture_in_its_order_and_as_bright_as_it_is(page: Page, made: Made) -> None:
    clip = write_clip(Cut(made.format, made.packets))
    shown = played(page, clip if made.kind.codec == "h264" else transcode(clip))
    check(shown, made)
    assert shown[0][1] == round(shown[0][0] * made.kind.fps), "video time 0 is the first picture's"


def test_live_fragments_of_what_is_encoded_anew_play_in_their_order_and_as_bright(page: Page, made: Made) -> None:
    recode = Recode(made.format)
    packets = [one for packet in made.packets for one in recode.packet(packet)]
    fragments = Fragments(packets[0])
    body = b"".join(fragments.add(one, round((one.at - packets[0].at) * 90_000)) for one in packets)
    check(played(page, body, fragments.media_type), made)


@pytest.mark.parametrize(
    ("more", "begins"),
    [("", "64"), ("8x8dct=0", "4d"), ("8x8dct=0:cabac=0:weightp=0", "42")],
    ids=["high", "main", "baseline"],
)
def test_the_answer_names_the_profile_and_level_that_are_sent_and_the_browser_takes_it(
    page: Page, tmp_path: Path, more: str, begins: str
) -> None:
    made = make(tmp_path, Kind(bframes=0, frames=10, more=more))
    tap = Tap()
    tap.begin(made.format)
    for packet in made.packets:
        tap.take(packet)
    sent = sent_profile(tap)
    assert sent.startswith(begins)
    offer = page.evaluate(OFFER)

    async def answered() -> str:
        peer, answer = await answer_offer(offer, tap, lambda: None)
        await peer.close()
        return answer

    with ThreadPoolExecutor(1) as aside:  # the browser's own loop runs here
        answer = aside.submit(asyncio.run, answered()).result(20)
    # Debian's browser offers no High profile; told that it gets High 4:4:4 Predictive (f4) it plays one tile of nine, so Main it is.
    named = sent if f"profile-level-id={begins}" in offer else f"4d00{sent[4:]}"
    assert f"profile-level-id={named}" in answer
    assert answer.count("profile-level-id=") == 1
    taken: Any = page.evaluate(
        """async (sdp) => {
          await window.peer.setRemoteDescription({ type: "answer", sdp });
          const [one] = window.peer.getTransceivers();
          const codecs = one.receiver.getParameters().codecs.filter((codec) => codec.mimeType === "video/H264");
          const found = [one.currentDirection, codecs.map((codec) => codec.sdpFmtpLine)];
          window.peer.close();
          return found;
        }""",
        answer,
    )
    assert taken[0] == "recvonly"
    assert any(f"profile-level-id={named[:2]}" in line for line in taken[1])
