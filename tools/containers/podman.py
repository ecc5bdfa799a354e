"""podman, told what works without a registry, without systemd and without the right to raise limits."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "run" / "containers"
CONF = WORK / "containers.conf"
# crun refuses hybrid cgroups; without CAP_SYS_RESOURCE both limits must be given.
_CONF = """[containers]
default_ulimits = ["nofile=8192:8192", "nproc=4096:4096"]
log_driver = "k8s-file"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
"""


class TrialError(Exception):
    """What went wrong and what to do."""


def say(text: str) -> None:
    print(text, flush=True)


def prepare() -> None:
    (WORK / "logs").mkdir(parents=True, exist_ok=True)
    CONF.write_text(_CONF, encoding="ascii")


def environ(more: Mapping[str, str] | None = None) -> dict[str, str]:
    return {**os.environ, "CONTAINERS_CONF": str(CONF), **(more or {})}


def run(title: str, command: Sequence[str], *, told: str | None = None, cwd: Path = ROOT) -> None:
    """One long step with a line of its own; its output goes to a log, whose end is shown when it fails."""
    log = WORK / "logs" / (re.sub(r"\W+", "-", title) + ".log")
    began = time.monotonic()
    say(f"  {title} ...")
    with log.open("w", encoding="utf-8") as out:
        done = subprocess.run(
            command, cwd=cwd, env=environ(), input=told, text=True, stdout=out, stderr=out, check=False
        )
    if done.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise TrialError(f"{title} failed ({' '.join(command[:4])} ...):\n{tail}\nThe whole log: {log}")
    say(f"  {title}: {time.monotonic() - began:.0f} s")


def ask(*arguments: str, told: str | None = None) -> str:
    """What `podman ...` says on standard output. Raises TrialError with what it says on standard error."""
    done = subprocess.run(
        ["podman", *arguments], env=environ(), input=told, text=True, capture_output=True, check=False
    )
    if done.returncode:
        raise TrialError(f"podman {' '.join(arguments[:3])} ... failed:\n{done.stderr[-2000:]}")
    return done.stdout.strip()


def succeeds(*arguments: str) -> bool:
    return subprocess.run(["podman", *arguments], env=environ(), capture_output=True, check=False).returncode == 0


def look(container: str) -> dict[str, Any]:
    """As `podman inspect` has it."""
    found: dict[str, Any] = json.loads(ask("inspect", container))[0]
    return found
