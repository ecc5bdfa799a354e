"""`make demo`: the county of 平安县 on one machine, with every part real. Ctrl-C stops it and leaves nothing behind."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

import redis

from demo import pace, seed
from demo.processes import Child, Household
from lianqin import keys, settings
from lianqin.bus import connect
from lianqin.embedded import EmbeddedRedis
from lianqin.errors import LianqinError
from lianqin.records import Alert, decode

ROOT = Path(__file__).resolve().parent.parent


def say(text: str) -> None:
    print(text, flush=True)


class DemoError(Exception):
    """What is in the way and what to do."""


def check_port(port: int, what: str, how: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise DemoError(
                f"Port {port} ({what}) is taken by another program. Stop it, or choose another: {how}"
            ) from error


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Ports(NamedTuple):
    console: int
    rtsp: int
    intake: int
    jt808: int


def choose_ports(options: argparse.Namespace) -> Ports:
    """Raises DemoError for one that is taken."""
    if options.free_ports:
        return Ports(free_port(), free_port(), free_port(), free_port())
    ours = settings.load()
    ports = Ports(ours.console_port, options.rtsp_port, ours.intake_port, ours.jt808_port)
    check_port(ports.console, "console", "LIANQIN_CONSOLE_PORT=8700 make demo")
    check_port(ports.rtsp, "cameras", ".venv/bin/python -m demo --rtsp-port 8654")
    check_port(ports.intake, "phones", "LIANQIN_INTAKE_PORT=8701 make demo")
    check_port(ports.jt808, "terminals", "LIANQIN_JT808_PORT=8708 make demo")
    return ports


def environment(run_dir: Path, ports: Ports, redis_url: str) -> dict[str, str]:
    """The settings of the demo. What the caller set in his environment wins. Raises ModelError when no picture can be looked at."""
    ours = {
        "LIANQIN_RUN_DIR": str(run_dir),
        "LIANQIN_REDIS_URL": redis_url,
        "LIANQIN_CONSOLE_PORT": str(ports.console),
        "LIANQIN_INTAKE_PORT": str(ports.intake),
        "LIANQIN_INTAKE_URL": f"http://127.0.0.1:{ports.intake}/fix",
        "LIANQIN_JT808_PORT": str(ports.jt808),
        "LIANQIN_LOITER_SECONDS": "20",
        "LIANQIN_FIX_INTERVAL": "5",
        "LIANQIN_QUIET_INTERVAL": "20",
        "LIANQIN_DEMO": "true",
        "LIANQIN_SECOND_FACTOR": "false",
    }
    if "LIANQIN_SAMPLE_INTERVAL" not in os.environ:
        look_s = pace.look_s(settings.load())
        ours["LIANQIN_SAMPLE_INTERVAL"] = f"{pace.sample_interval(look_s, pace.cores()):g}"
        say(f"one look takes {1000 * look_s:.0f} ms here: every {ours['LIANQIN_SAMPLE_INTERVAL']} s")
    theirs = {name: os.environ[name] for name in ours if name in os.environ and name != "LIANQIN_REDIS_URL"}
    return {**ours, **theirs, "PYTHONUNBUFFERED": "1"}


def alerts_after(client: redis.Redis, last: str) -> Iterator[tuple[str, Alert]]:
    """New alerts on the bus, one by one; ends when nothing came for half a second."""
    while answer := cast("Any", client.xread({keys.ALERTS: last}, count=50, block=500)):
        for entry_id, fields in answer[0][1]:
            last = entry_id.decode()
            record = decode(fields[b"r"])
            if isinstance(record, Alert):
                yield last, record


def wait_for_page(url: str, household: Household, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url + "/healthz", timeout=2):  # noqa: S310 - our own address
                return
        except OSError:
            dead = [child for child in household.children if child.code is not None]
            if dead:
                tail = (household.logs / f"{dead[0].name}.log").read_text(errors="replace").splitlines()[-8:]
                raise DemoError(f"{dead[0].name} ended with {dead[0].code}:\n" + "\n".join(tail)) from None
            time.sleep(0.1)
    raise DemoError(f"the console did not answer within {seconds:g} s; see {household.logs / 'console.log'}")


def parts(env: dict[str, str], url: str, run_dir: Path, rtsp_port: int) -> list[Child]:
    """The demo's processes in the order of their start."""
    fix_url, jt808_port = f"http://127.0.0.1:{env['LIANQIN_INTAKE_PORT']}", env["LIANQIN_JT808_PORT"]
    return [
        Child(
            "cameras", "demo.rtsp", ["--port", str(rtsp_port), "--control-socket", str(run_dir / "cameras.sock")], env
        ),
        Child("console", "console", [], env),
        Child("patrol", "patrol", [], env),
        Child("intake", "patrol.intake", [], env),
        Child("ingest", "ingest", [], env),
        Child(
            "guards",
            "demo.guards",
            [
                "--url",
                url,
                "--phones",
                str(run_dir / "phones.json"),
                "--kept",
                str(run_dir / "kept.json"),
                "--fix-url",
                fix_url,
                "--jt808-port",
                jt808_port,
            ],
            env,
        ),
    ]


def main(arguments: list[str]) -> int:
    began = time.monotonic()
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--rtsp-port", type=int, default=8554)
    parser.add_argument("--free-ports", action="store_true", help="take any free ports (for tests)")
    parser.add_argument("--run-dir", type=Path, default=ROOT / "run" / "demo")
    options = parser.parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        return run(options, stop, began)
    except (DemoError, LianqinError) as error:
        say(f"\nthe demo can't run: {error}")
        return 1
    except OSError as error:
        say(f"\nthe demo can't run: {error.strerror} ({error.filename})")
        return 1


def run(options: argparse.Namespace, stop: threading.Event, began: float) -> int:
    run_dir: Path = options.run_dir.resolve()
    run_dir.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(run_dir).free < 500e6:
        raise DemoError(f"Less than 0.5 GB is free under {run_dir}: evidence could not be kept. Free some space.")
    ports = choose_ports(options)
    server = EmbeddedRedis(run_dir / "redis")
    household = Household(run_dir / "logs")
    url = f"http://127.0.0.1:{ports.console}"
    try:
        server.start()
        env = environment(run_dir, ports, server.url)
        client = connect(server.url)
        newest = cast("Any", client.xrevrange(keys.ALERTS, count=1))
        last = newest[0][0].decode() if newest else "0-0"
        seed.seed(settings.check({k.removeprefix("LIANQIN_").lower(): v for k, v in env.items() if k[:8] == "LIANQIN_"}),
                  rtsp_port=ports.rtsp, phones=run_dir / "phones.json")  # fmt: skip
        for child in parts(env, url, run_dir, ports.rtsp):
            if child.name == "ingest":  # it begins with all cameras awake: not while the others still load
                wait_for_page(url, household, 40)
            household.start(child)
        tell(url, began)
        first = False
        while not stop.is_set():
            for line in household.watch():
                say(line)
            if first:
                stop.wait(1.0)
                continue
            for _, alert in alerts_after(client, last):
                say(f"first alert: {alert.id} after {time.monotonic() - began:.1f} s")
                say(f"  {alert.situation} on {alert.camera_id}: {url}/desk?alert={alert.id}")
                first = True
                break
    finally:
        say("\nstopping ...")
        household.stop()
        server.stop()
    say("stopped; nothing is left running")
    return 0


def tell(url: str, began: float) -> None:
    say(f"\nLianqin 联勤 is up after {time.monotonic() - began:.1f} s:  {url}")
    say("demo accounts (password for all: " + seed.PASSWORD + ")")
    for account in seed.ACCOUNTS:
        say(f"  {account.username:<10} {account.name}")
    say(f"  g01 .. g40  guards, on {url}/m (g41 waits for a phone of your own)")
    say("Ctrl-C stops everything.\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
