"""Live video in a real browser: first picture, glass to glass, what a viewer costs the worker, freezes at 3 % loss.

The camera sends 1080p at 25 pictures a second and about 4 Mb/s; each picture carries its number in its upper edge, and the
simulator notes when it sends it. Chromium reads the number of each picture it shows (requestVideoFrameCallback) and says when
it is to be on the screen. Its decoding is not counted, the worker's CPU is. Cameras, worker and browser share one machine.
"""

from __future__ import annotations

import json
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, cast

import av
import numpy as np
import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from bench.cameras import worker
from bench.density import healths
from bench.kit.figures import Figure
from demo.rtsp.camera import SimCamera
from demo.rtsp.media import MediaStream, load
from demo.rtsp.sim import CameraSim
from lianqin import inner, keys
from lianqin.inner import SignedRequest
from lianqin.records import Camera, encode

FPS, FRAMES, BITS = 25, 500, 10
SIZE: Final = (1920, 1080)
VIEWERS: Final = 2
OPENED: Final = 20
WATCHED_S: Final = 30.0
LOSSY_S: Final = 120.0
LOSS: Final = 0.03
FREEZE_S: Final = 0.3
FLAGS: Final = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
PAGE: Final = """<!doctype html><title>live</title><script>
const seen = [];
async function watch(wide) {
  const began = performance.now(), peer = new RTCPeerConnection(), video = document.createElement("video");
  video.muted = video.autoplay = true; video.width = wide; document.body.append(video);
  const stage = new OffscreenCanvas(BITS, 1), pen = stage.getContext("2d", {willReadFrequently: true});
  peer.addTransceiver("video", {direction: "recvonly"});
  peer.ontrack = ({track}) => { video.srcObject = new MediaStream([track]); };
  await peer.setLocalDescription(await peer.createOffer());
  const told = JSON.parse(await window.offer(peer.localDescription.sdp));
  await peer.setRemoteDescription({type: "answer", sdp: told.sdp});
  return new Promise((resolve) => {
    let first = null, last = null;
    const shown = (now, about) => {
      pen.drawImage(video, 0, video.videoHeight / 16, video.videoWidth, video.videoHeight / 10, 0, 0, BITS, 1);
      const data = pen.getImageData(0, 0, BITS, 1).data; let number = 0;
      for (let bit = 0; bit < BITS; bit++) if (data[bit * 4] > 128) number |= 1 << bit;
      const at = performance.timeOrigin + about.expectedDisplayTime;
      seen.push([at, number, last === null ? 0 : about.expectedDisplayTime - last]);
      last = about.expectedDisplayTime;
      if (first === null) { first = performance.now() - began; resolve({first, id: told.id}); }
      video.requestVideoFrameCallback(shown);
    };
    video.requestVideoFrameCallback(shown);
    window.close_all = [...(window.close_all ?? []), () => { peer.close(); video.remove(); }];
  });
}
function leave() { for (const one of window.close_all ?? []) one(); window.close_all = []; seen.length = 0; }
</script><body></body>""".replace("BITS", str(BITS))


class SentFrames(tuple[tuple[bytes, ...], ...]):
    """A stream's frames that note when each was last sent."""

    at: dict[int, float]

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, int):
            self.at[place] = time.time()
        return super().__getitem__(place)


def run() -> list[Figure]:
    """About six minutes."""
    with tempfile.TemporaryDirectory(prefix="lqb-") as name:
        stream = _numbered(Path(name) / "clock.mp4")
        frames = SentFrames(stream.frames)
        frames.at = {}
        timed = replace(stream, frames=frames)
        with CameraSim({"C01": SimCamera({"main": timed})}) as sim, sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
            bits = sum(len(packet) for frame in stream.frames for packet in frame) * 8 / (FRAMES / FPS)
            with _serving(Path(name) / "whole", sim) as serving:
                figures = _whole(_open(browser, serving), serving, frames.at, bits)
            with _serving(Path(name) / "lossy", sim, ("bench.kit.lossy", str(LOSS))) as serving:
                figures += _lossy(_open(browser, serving))
            browser.close()
    return figures


class ServedCamera:
    """A worker that shows C01, asked as the console asks."""

    def __init__(self, process: psutil.Process, client: Any) -> None:
        self.process, self._client = process, client
        self._secret = inner.secret_of(client, "")
        self._address = self._found()

    def _found(self) -> str:
        [name] = list(cast("Any", self._client.zrange(keys.ingest_workers(), 0, -1)))
        return str(cast("bytes", self._client.get(keys.worker(name.decode()))).decode())

    def ask(self, method: str, path: str, body: bytes = b"") -> tuple[bytes, str]:
        request = urllib.request.Request(self._address + path, body or None, method=method)
        for name, value in inner.sign(self._secret, SignedRequest(method, path, body), time.time()).items():
            request.add_header(name, value)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read(), str(answer.headers.get("x-viewer") or "")

    def offer(self, sdp: str) -> str:
        answer, viewer = self.ask("POST", "/live/C01/main", sdp.encode())
        return json.dumps({"sdp": answer.decode(), "id": viewer})

    def share(self, seconds: float, page: Page) -> float:
        """Of a core, over so long."""
        before, began = self.process.cpu_times(), time.monotonic()
        page.wait_for_timeout(seconds * 1000)
        spent = self.process.cpu_times()
        return float((spent.user + spent.system - before.user - before.system) / (time.monotonic() - began))


def _whole(page: Page, serving: ServedCamera, sent: dict[int, float], bits: float) -> list[Figure]:
    alone = serving.share(WATCHED_S, page)
    first = [_first(page, serving) for _ in range(OPENED)]
    opened = [page.evaluate("watch(320)")["id"] for _ in range(VIEWERS)]
    page.wait_for_timeout(3000)
    page.evaluate("seen.length = 0")
    beside = serving.share(WATCHED_S, page)
    seen = np.array(page.evaluate("seen"))
    apart = _glass(page, sent)
    for one in opened:
        serving.ask("DELETE", f"/live/{one}")
    each = (beside - alone) / VIEWERS
    return [
        Figure("first picture, p95", round(float(np.percentile(first, 95)), 3), "s", "goal", 1.0,
               f"median {np.median(first):.2f}, {OPENED} times from the offer to the first picture on the page"),
        Figure("glass to glass, median", round(float(np.median(apart)) * 1000), "ms", "goal", 150,
               f"p95 {np.percentile(apart, 95) * 1000:.0f}, {len(apart)} pictures"),
        Figure("a 1080p viewer passed through", round(each * 100, 2), "% of a core", "goal", 2.5,
               f"{bits / 1e6:.1f} Mb/s; {VIEWERS} viewers, {len(seen) / VIEWERS / WATCHED_S:.1f} pictures a second shown;"
               f" without one {alone * 100:.1f}"),
    ]  # fmt: skip


def _first(page: Page, serving: ServedCamera) -> float:
    found = page.evaluate("watch(320)")
    serving.ask("DELETE", f"/live/{found['id']}")
    page.evaluate("leave()")
    page.wait_for_timeout(300)
    return float(found["first"]) / 1000


def _glass(page: Page, sent: dict[int, float]) -> list[float]:
    """Seconds from the simulator's send to the screen, of pictures that were shown just now."""
    apart = []
    for _ in range(40):
        page.evaluate("seen.length = 0")
        page.wait_for_timeout(200)
        when = dict(sent)
        apart += [at / 1000 - when[number] for at, number, _ in page.evaluate("seen") if number in when]
    return [one for one in apart if 0 <= one < 5]


def _lossy(page: Page) -> list[Figure]:
    page.evaluate("watch(640)")
    page.wait_for_timeout(5000)
    page.evaluate("seen.length = 0")
    page.wait_for_timeout(LOSSY_S * 1000)
    gaps = np.array(page.evaluate("seen"))[:, 2] / 1000
    frozen = gaps[gaps > FREEZE_S]
    return [
        Figure(f"freezes above 300 ms at {LOSS:.0%} loss", round(len(frozen) * 60 / LOSSY_S, 2), "a minute", "goal", 1.0,
               f"longest gap {gaps.max() * 1000:.0f} ms, {len(gaps) / LOSSY_S:.1f} pictures a second, over {LOSSY_S:.0f} s"),
    ]  # fmt: skip


def _open(browser: Browser, serving: ServedCamera) -> Page:
    page = browser.new_page()
    page.expose_function("offer", serving.offer)
    page.set_content(PAGE)
    return page


@contextmanager
def _serving(folder: Path, sim: CameraSim, how: tuple[str, ...] = ("ingest",)) -> Iterator[ServedCamera]:
    folder.mkdir()
    with worker(folder, how) as (process, client):
        _publish(client, sim)
        until = time.monotonic() + 60
        while time.monotonic() < until and getattr(healths(client).get("C01"), "state", "") != "ok":
            time.sleep(0.3)
        time.sleep(10)
        yield ServedCamera(process, client)


def _publish(client: Any, sim: CameraSim) -> None:
    camera = Camera(id="C01", code="99010100001320000001", name="C01", url=sim.url("C01", "main"))
    client.hset(keys.followed("camera"), "C01", encode(camera))
    client.incr(keys.followed_version("camera"))


def _numbered(path: Path) -> MediaStream:
    """Twenty seconds of a panned, grainy picture, each with its number as blocks along its upper edge."""
    dice = np.random.default_rng(1)
    wide = np.kron(dice.integers(40, 200, (34, 76)), np.ones((32, 32))).astype(np.uint8)
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.bit_rate = 4_000_000
        own = f"keyint={2 * FPS}:min-keyint={2 * FPS}:scenecut=0:vbv-maxrate=4000:vbv-bufsize=4000"
        stream.options = {"preset": "veryfast", "bf": "0", "x264-params": own}
        for number in range(FRAMES):
            left = round(200 + 180 * np.sin(number / 40))
            grey = wide[: SIZE[1], left : left + SIZE[0]].copy()
            grey[::2] += dice.integers(0, 6, grey[::2].shape, np.uint8)
            for bit in range(BITS):
                edge = slice(SIZE[0] * bit // BITS, SIZE[0] * (bit + 1) // BITS)
                grey[: SIZE[1] // 4, edge] = 235 if number >> bit & 1 else 16
            frame = av.VideoFrame.from_ndarray(grey, format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return load(path)


if __name__ == "__main__":
    for figure in run():
        print(figure)
