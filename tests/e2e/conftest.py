"""The whole demo as one process tree, and a real Chromium to look at it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip


@dataclass
class RunningDemo:
    """A demo that was started by its own command; its lines are kept."""

    process: subprocess.Popen[str]
    run_dir: Path
    lines: list[str] = field(default_factory=list)

    def wait_for(self, pattern: str, seconds: float) -> re.Match[str]:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for line in list(self.lines):
                found = re.search(pattern, line)
                if found:
                    return found
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        logs = {path.name: path.read_text(errors="replace")[-1500:] for path in (self.run_dir / "logs").glob("*.log")}
        raise AssertionError(f"no line {pattern!r} within {seconds} s; said: {self.lines}; logs: {logs}")

    @property
    def url(self) -> str:
        return self.wait_for(r"http://127\.0\.0\.1:\d+", 60).group()

    def descendants(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, module: str) -> psutil.Process:
        """The child that runs `python -m <module>`."""
        [found] = [p for p in self.descendants() if p.cmdline()[1:3] == ["-m", module]]
        return found


@contextlib.contextmanager
def running_demo(run_dir: Path, *, within: Sequence[str] = (), **environ: str) -> Iterator[RunningDemo]:
    """`within`: a command that becomes the one behind it. One guard goes alone at night too: tests run at any hour."""
    process = subprocess.Popen(
        [*within, sys.executable, "-m", "demo", "--free-ports", "--run-dir", str(run_dir)],
        cwd=ROOT, env={**os.environ, "LIANQIN_GUARDS_AT_NIGHT": "1", **environ}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    demo = RunningDemo(process, run_dir)

    def listen() -> None:
        assert process.stdout
        for line in process.stdout:
            demo.lines.append(line.rstrip())

    threading.Thread(target=listen, daemon=True).start()
    try:
        yield demo
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture(scope="module")
def run_dir() -> Iterator[Path]:
    """A folder of a short name: a Unix socket lies in it."""
    folder = Path(tempfile.mkdtemp(prefix="lqd-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def demo(clips: Path, run_dir: Path) -> Iterator[RunningDemo]:
    """One demo for all walks through it."""
    with running_demo(run_dir) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """What a test left open, perhaps because it failed, plays on beside no other."""
    yield chromium
    for context in chromium.contexts:
        context.close()
