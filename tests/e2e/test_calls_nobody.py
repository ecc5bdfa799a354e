"""Every process of ours at its real work in a network of its own: none asks for a name, none sends a packet to another machine, none
leaves a file in the user's folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from lianqin import settings
from tests.e2e.conftest import ROOT, RunningDemo, running_demo
from tests.e2e.island import PROOFS

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]
COLLECTOR_S = 16
"""ONNX Runtime's telemetry looks its collector up within 14 s of a session."""
OURS = ("demo.rtsp", "console", "patrol", "patrol.intake", "ingest", "demo.guards")
ISLAND = 'ip link set lo up && ip route add local default dev lo && mount --bind "$0" /etc/resolv.conf && exec "$@"'


def check_namespaces() -> None:
    """Skips where none can be made."""
    lacking = [tool for tool in ("unshare", "nsenter", "ip", "mount") if not shutil.which(tool)]
    if os.geteuid() != 0 or lacking:
        pytest.skip(f"a network of its own needs root and these tools: {', '.join(lacking) or 'all are there'}")
    made = subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"no namespace can be made here: {made.stderr.strip()}")


def start_alone(demo: RunningDemo, camera_id: str, environ: dict[str, str]) -> subprocess.Popen[bytes]:
    """A worker of one camera beside the demo's, in its network; `run/logs/alone.log` is what it says."""
    ours = settings.check({"run_dir": demo.run_dir, "worker_id": "ingest-1-alone-0"})
    command = ["nsenter", "-t", str(demo.process.pid), "--net", "--mount", f"--wd={ROOT}"]
    with (demo.run_dir / "logs" / "alone.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, sys.executable, "-m", "ingest.alone", camera_id, "1"],
            cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=log, stderr=log,
        )  # fmt: skip
    assert process.stdin
    process.stdin.write(ours.model_dump_json(exclude_defaults=True).encode() + b"\n")
    process.stdin.flush()
    return process


def wait_until_it_looks(log: Path, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 90
    while '"state": "ok"' not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.1)


def test_no_process_of_ours_calls_out_or_leaves_a_file_in_the_users_folder(
    clips: Path, run_dir: Path, tmp_path: Path
) -> None:
    check_namespaces()
    home, reached, resolv = tmp_path / "home", tmp_path / "reached", tmp_path / "resolv.conf"
    home.mkdir()
    resolv.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    # This process may have been told to be quiet by an import of its own; ours are to know it by themselves.
    told = ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
    untold = ["env", *(part for name in told for part in ("-u", name))]
    island = ["unshare", "--net", "--mount", "sh", "-c", ISLAND, str(resolv)]
    recorder = [sys.executable, str(ROOT / "tests/e2e/island.py"), str(reached)]
    with running_demo(run_dir, within=[*untold, *island, *recorder], HOME=str(home)) as demo:
        demo.wait_for(r"first alert: ", 150)
        environ = {name: value for name, value in os.environ.items() if name not in told} | {"HOME": str(home)}
        alone = start_alone(demo, "C02", environ)
        try:
            wait_until_it_looks(demo.run_dir / "logs" / "alone.log", alone)
            time.sleep(COLLECTOR_S)
            running = {module: demo.child(module).status() for module in OURS}
            assert psutil.STATUS_ZOMBIE not in running.values(), running
            assert alone.poll() is None
        finally:
            assert alone.stdin
            alone.stdin.close()
            alone.wait(30)
    assert reached.read_text().splitlines() == PROOFS
    assert [str(path.relative_to(home)) for path in home.rglob("*")] == []
