"""The compose file's county under podman: started, looked at, killed."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from demo import county as demo_county
from demo.cameras import CAMERAS
from tools.containers import images
from tools.containers.podman import ROOT, WORK, TrialError, ask, environ, look, run, say, succeeds

PROJECT = "lianqin-trial"
PARTS = ("console", "intake", "patrol", "ingest")
STORES = ("valkey", "postgres")
WATCHED = ("C01", "C02", "C06", "C07", "C09")
GUARDS = ("G01", "G02", "G03", "G04")
PORTS = {"console": 18600, "intake": 18601, "jt808": 18608}
INSIDE = Path(__file__).parent / "inside"
BACKUP = "/home/lianqin/backup"
ASK_HEALTH = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8600/healthz', timeout=5).read().decode())"
PATIENCE_S = 300.0
"""A machine may be busy; how long things take is printed."""


def until(what: str, found: Callable[[], object], seconds: float = PATIENCE_S) -> float:
    """Returns how long it took, seconds. Raises TrialError."""
    began = time.monotonic()
    while not found():
        if time.monotonic() - began > seconds:
            raise TrialError(
                f"within {seconds:.0f} s not: {what}. Logs: podman logs, with CONTAINERS_CONF={WORK}/containers.conf"
            )
        time.sleep(0.5)
    return time.monotonic() - began


class County:
    """`up` parts, `kill` one, `logs` of all that ever ran."""

    def __init__(self, compose: Path) -> None:
        self._told = WORK / "trial.env"
        self._compose = [str(compose), "--project-name", PROJECT, "--env-file", str(self._told), "-f", str(ROOT / "docker/compose.yaml")]  # fmt: skip
        self._gone: list[str] = []
        """Logs of containers that were removed."""

    def clear(self) -> None:
        """What an earlier trial left, volumes too."""
        for name in ask("ps", "-aq", "--filter", f"label=com.docker.compose.project={PROJECT}").split():
            ask("rm", "-f", "-t", "2", name)
        succeeds("rm", "-f", "-t", "2", f"{PROJECT}-cameras")
        for name in ask("volume", "ls", "-q").split():
            if name.startswith(f"{PROJECT}_"):
                ask("volume", "rm", "-f", name)

    def settle(self) -> None:
        """A password of its own, ports that nothing else has."""
        told = {
            "LIANQIN_DB_PASSWORD": secrets.token_hex(12), "LIANQIN_INNER_SECRET": secrets.token_hex(32),
            "LIANQIN_INTAKE_URL": f"http://127.0.0.1:{PORTS['intake']}", "LIANQIN_COOKIE_SECURE": "false",
            "APP_IMAGE": images.OURS, "VALKEY_IMAGE": images.VALKEY, "POSTGRES_IMAGE": images.POSTGRES,
            "CONSOLE_LISTEN": f"127.0.0.1:{PORTS['console']}", "INTAKE_LISTEN": f"127.0.0.1:{PORTS['intake']}",
            "JT808_LISTEN": f"127.0.0.1:{PORTS['jt808']}",
        }  # fmt: skip
        self._told.write_text("".join(f"{name}={value}\n" for name, value in told.items()), encoding="ascii")
        self._told.chmod(0o600)

    def up(self, *parts: str) -> None:
        run(f"start of {' '.join(parts)}", [*self._compose, "up", "-d", "--no-build", *parts])

    def container(self, part: str) -> str:
        """Its id; empty when there is none."""
        of = [f"label=com.docker.compose.project={PROJECT}", f"label=com.docker.compose.service={part}"]
        found = ask("ps", "-aq", "--no-trunc", *(word for one in of for word in ("--filter", one))).split()
        return found[0] if found else ""

    def cameras(self) -> None:
        """The demo's street, in a container beside the others."""
        of_ours = [
            f"{ROOT}/demo:/opt/lianqin/demo:ro",
            f"{(ROOT / '.cache/clips').resolve()}:/opt/lianqin/.cache/clips:ro",
        ]
        mounts = [word for one in of_ours for word in ("-v", one)]
        ask("run", "-d", "--name", f"{PROJECT}-cameras", "--network", self.network(), "--network-alias", "cameras", *mounts,
            images.OURS, "python", "-m", "demo.rtsp", "--host", "0.0.0.0", "--port", "8554")  # noqa: S104 # fmt: skip

    def end_cameras(self) -> None:
        """From then on no alert is raised."""
        ask("rm", "-f", "-t", "2", f"{PROJECT}-cameras")

    def network(self) -> str:
        networks: dict[str, Any] = look(self.container("console"))["NetworkSettings"]["Networks"]
        return next(iter(networks))

    def within(self, script: str, *arguments: str) -> Any:
        """What one of our scripts prints, run in the console's container."""
        told = (INSIDE / script).read_text(encoding="utf-8")
        return json.loads(
            ask("exec", "-i", self.container("console"), "python", "-", *arguments, told=told).splitlines()[-1]
        )

    def first_set_up(self) -> None:
        """As docs/operations.md says: one JSON file into `python -m console import`."""
        rows = [camera.row(8554) for camera in CAMERAS if camera.id in WATCHED]
        raw = {
            "organisations": demo_county.ORGANISATIONS, "units": demo_county.UNITS, "teams": demo_county.TEAMS,
            "areas": demo_county.AREAS, "posts": demo_county.POSTS, "guards": demo_county.GUARDS, "cameras": rows,
        }  # fmt: skip
        told = json.dumps(raw, default=_plain, ensure_ascii=False).replace("127.0.0.1:8554", "cameras:8554")
        ask("exec", "-i", self.container("console"), "python", "-m", "console", "import", "/dev/stdin", told=told)

    def backs_up(self) -> bool:
        """`python -m console backup` in the console's container, whose pg_dump must read the server."""
        within = f"python -m console backup {BACKUP}/data --keys {BACKUP}/keys && test -s {BACKUP}/data/manifest.json"
        return succeeds("exec", self.container("console"), "sh", "-c", within)

    def logs(self) -> list[dict[str, Any]]:
        """Every line of every container of ours, also of those removed."""
        texts = [*self._gone, *(self._log(self.container(part)) for part in PARTS if self.container(part))]
        return [found for text in texts for line in text.splitlines() if (found := _read(line))]

    def _log(self, container: str) -> str:
        done = subprocess.run(["podman", "logs", container], env=environ(), text=True, capture_output=True, check=False)
        return done.stdout + done.stderr

    def kill(self, part: str) -> None:
        """-9 from outside, as a crash: podman does not know that it was meant."""
        os.kill(int(look(self.container(part))["State"]["Pid"]), signal.SIGKILL)

    def stop(self, part: str) -> None:
        ask("stop", "-t", "10", self.container(part))

    def renew(self, part: str) -> tuple[str, str]:
        """Killed, removed, and made anew under another name: (old, new) host names."""
        old = self.container(part)
        before = look(old)["Config"]["Hostname"]
        self.kill(part)
        self._gone.append(self._log(old))
        ask("rm", "-f", "-t", "0", old)
        self.up(part)
        return before, look(self.container(part))["Config"]["Hostname"]

    def bring_back(self, part: str) -> None:
        """By its restart policy; where that does nothing, as an operator does."""
        time.sleep(3)
        if not self.is_running(part):
            say(f"  {part} was not started again by its restart policy: podman start")
            ask("start", self.container(part))

    def is_running(self, part: str) -> bool:
        return bool(look(self.container(part))["State"]["Running"])

    def health(self) -> dict[str, Any]:
        """What /healthz tells who asks directly, on the console's own machine; empty while nothing answers 200 there."""
        try:
            found: dict[str, Any] = json.loads(ask("exec", self.container("console"), "python", "-c", ASK_HEALTH))
        except (TrialError, ValueError):
            return {}
        return found

    def is_healthy(self, part: str) -> bool:
        """By the compose file's own check."""
        return succeeds("healthcheck", "run", self.container(part))


def listens(port: int) -> bool:
    """Somebody is behind it: a forwarded port without a listener is closed at once or refused."""
    try:
        with socket.create_connection(("127.0.0.1", port), 3) as there:
            there.settimeout(1.0)
            return there.recv(1) != b""
    except TimeoutError:
        return True
    except OSError:
        return False


def _read(line: str) -> dict[str, Any]:
    """Empty for what is no whole line of our own log."""
    try:
        found = json.loads(line) if line.startswith("{") else {}
    except ValueError:
        return {}
    return dict(found)


def _plain(value: Any) -> Any:
    if isinstance(value, Sequence):
        return list(value)
    return {name: getattr(value, name) for name in value.__struct_fields__}
