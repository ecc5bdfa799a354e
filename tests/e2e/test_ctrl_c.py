"""Ctrl-C in the terminal ends the whole demo."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import psutil

from tests.e2e.conftest import running_demo


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_ctrl_c_stops_the_demo_and_leaves_no_process_behind(clips: Path, run_dir: Path) -> None:
    with running_demo(run_dir) as demo:
        demo.wait_for(r"first alert: ", 120)
        started = demo.descendants()
        names = " ".join(" ".join(one.cmdline()) for one in started)
        assert all(part in names for part in ("ingest", "patrol", "console", "valkey-server")), names
        demo.process.send_signal(signal.SIGINT)
        assert demo.process.wait(60) == 0
        until = time.monotonic() + 2
        while time.monotonic() < until and any(alive(one) for one in started):
            time.sleep(0.05)
        assert [one for one in started if alive(one)] == []
        demo.wait_for("stopped; nothing is left running", 1)
