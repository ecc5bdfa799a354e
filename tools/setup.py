"""Sets this checkout up on a fresh machine: `python3 tools/setup.py demo|check|test`. Standard library only.

Each step can be interrupted and repeated: a stamp is written only after the step is whole, and names what it was made
from, so that a changed lock file or recipe is set up anew.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV, WEB = ROOT / ".venv", ROOT / "console" / "web"
STAMPS, LOGS = ROOT / ".cache" / "stamps", ROOT / ".cache" / "logs"
ROOMS = ("lianqin", "detect", "ingest", "patrol", "console", "demo", "bench", "tests")
NEED_GB = 4.0
TEST_PACKAGES = {
    "chromium": "/usr/bin/chromium",
    "xvfb": "/usr/bin/Xvfb",
    "libxtst6": "/usr/lib/x86_64-linux-gnu/libXtst.so.6",
    "fonts-noto-cjk": "/usr/share/fonts/opentype/noto",
    "postgresql": "/usr/lib/postgresql",
    "python3-gi": "/usr/lib/python3/dist-packages/gi",
    "gir1.2-gst-rtsp-server-1.0": "/usr/lib/x86_64-linux-gnu/girepository-1.0/GstRtspServer-1.0.typelib",
    "gir1.2-gst-plugins-base-1.0": "/usr/lib/x86_64-linux-gnu/girepository-1.0/GstApp-1.0.typelib",
    "gstreamer1.0-plugins-base": "/usr/lib/x86_64-linux-gnu/gstreamer-1.0/libgstapp.so",
    "gstreamer1.0-plugins-good": "/usr/lib/x86_64-linux-gnu/gstreamer-1.0/libgstrtp.so",
    "gstreamer1.0-plugins-bad": "/usr/lib/x86_64-linux-gnu/gstreamer-1.0/libgstvideoparsersbad.so",
    "vlc-bin": "/usr/bin/vlc",
    "vlc-plugin-base": "/usr/lib/x86_64-linux-gnu/vlc/plugins/stream_out/libstream_out_rtp_plugin.so",
}
PEERS = ROOT / ".cache" / "peers"
PEER_PACKAGES = ("aio-rtsp-toolkit-0.1.4", "aio-sockets-0.1.4", "rtsp-rs-0.1.8")
"""RTSP servers that nobody here wrote, and what they need: name and version, a folder each. Never in the environment."""


class SetupError(Exception):
    """What went wrong and what to do about it."""


def say(text: str) -> None:
    print(text, flush=True)


def run(title: str, command: list[str], cwd: Path = ROOT, env: dict[str, str] | None = None, hint: str = "") -> None:
    """Run one command with a line of progress every ten seconds; its output goes to a log, shown when it fails."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / (re.sub(r"\W+", "-", title) + ".log")
    began = time.monotonic()
    say(f"  {title} ...")
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=cwd, env={**os.environ, **(env or {})}, stdout=out, stderr=out, stdin=subprocess.DEVNULL
        )
        try:
            while process.poll() is None:
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    say(f"  {title}: {time.monotonic() - began:.0f} s so far")
        finally:
            if process.poll() is None:  # interrupted
                process.terminate()
    code = process.wait()
    if code:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-12:])
        raise SetupError(
            f"{title} failed ({' '.join(command[:4])} ...):\n{tail}\n{explain(tail)}{hint}\nThe whole log: {log}"
        )
    say(f"  {title}: done in {time.monotonic() - began:.1f} s")


def explain(text: str) -> str:
    """The usual causes in plain words."""
    if re.search(r"No space left|ENOSPC", text):
        return f"The disk is full: free about {NEED_GB:g} GB under {ROOT} and run the same command again.\n"
    if re.search(
        r"Temporary failure|ENOTFOUND|ETIMEDOUT|Could not resolve|Connection (refused|reset)|dns error|timed out", text
    ):
        return "A package could not be fetched: check the network (or the mirror your tools are set to) and run the same command again.\n"
    return ""


def digest(*files: Path) -> str:
    total = hashlib.sha256()
    for file in files:
        total.update(file.read_bytes())
    return total.hexdigest()


def step(name: str, made_from: str, work: Callable[[], None], proof: Path) -> None:
    """Do the work unless its stamp says that it was done from the same inputs and its result is there."""
    stamp = STAMPS / name
    if proof.exists() and stamp.exists() and stamp.read_text() == made_from:
        return
    stamp.unlink(missing_ok=True)
    work()
    STAMPS.mkdir(parents=True, exist_ok=True)
    stamp.write_text(made_from)


def check_machine() -> None:
    if shutil.disk_usage(ROOT).free < NEED_GB * 1e9 and not VENV.exists():
        raise SetupError(
            f"Not enough disk: {shutil.disk_usage(ROOT).free / 1e9:.1f} GB free under {ROOT}, about {NEED_GB:g} GB are needed."
        )
    if not find_python():
        raise SetupError("Python 3.11 is needed: apt-get install python3 python3-venv (Debian 12 has 3.11).")
    for tool, package in (("node", "nodejs"), ("npm", "npm")):
        if not shutil.which(tool):
            raise SetupError(f"{tool} is needed to build the page (Node 20 or newer): install {package}.")


def find_python() -> str | None:
    for name in ("python3.11", "python3", sys.executable):
        path = shutil.which(name)
        if (
            path
            and subprocess.run(
                [path, "-c", "import sys; sys.exit(sys.version_info[:2] != (3, 11))"], check=False
            ).returncode
            == 0
        ):
            return path
    return None


def python_packages() -> None:
    lock = ROOT / "requirements.lock"

    def work() -> None:
        python = find_python()
        assert python
        if not (VENV / "bin" / "pip").exists():
            shutil.rmtree(VENV, ignore_errors=True)
            run("python environment", [python, "-m", "venv", str(VENV)], hint="On Debian: apt-get install python3-venv")
        # uv from the lock itself, by its hashes; then uv syncs everything else in seconds.
        match = re.search(r"^uv==.*?(?=^\S)", lock.read_text() + "\nend", re.M | re.S)
        assert match, "requirements.lock names no uv"
        only = ROOT / ".cache" / "uv.lock.txt"
        only.parent.mkdir(parents=True, exist_ok=True)
        only.write_text(match.group())
        pip = [
            str(VENV / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "-q",
            "--disable-pip-version-check",
            "--require-hashes",
        ]
        run("package installer", [*pip, "-r", str(only)])
        uv = str(VENV / "bin" / "uv")
        run(
            "python packages (about 300 MB)",
            [uv, "pip", "sync", "-q", "--compile-bytecode", "--require-hashes", "--python", str(VENV / "bin" / "python"),
             str(lock)],
        )  # fmt: skip

    step("python", digest(lock), work, VENV / "bin" / "uvicorn")
    # Where Python itself is told to keep none, each start would compile everything anew: twice the time.
    own = [str(part) for room in ROOMS for part in sorted((ROOT / room).iterdir()) if part != WEB]
    subprocess.run([str(VENV / "bin" / "python"), "-m", "compileall", "-q", *own], cwd=ROOT, check=False)


def web_page(*, development: bool) -> None:
    sources = sorted(
        p for p in WEB.rglob("*") if p.is_file() and not {"node_modules", "dist"} & set(p.relative_to(WEB).parts)
    )

    def install() -> None:
        run("page's packages", ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=WEB)

    def build() -> None:
        run("page", ["npm", "run", "build"], cwd=WEB)

    built_from = digest(*sources)
    if (
        development
        or not (STAMPS / "web").exists()
        or (STAMPS / "web").read_text() != built_from
        or not (WEB / "dist" / "index.html").exists()
    ):
        step("npm", digest(WEB / "package-lock.json"), install, WEB / "node_modules" / ".package-lock.json")
    step("web", built_from, build, WEB / "dist" / "index.html")


def clips() -> None:
    say("  clips (once: fetched, checked, transcoded to what cameras send)")
    code = subprocess.run([str(VENV / "bin" / "python"), "-m", "demo.clips"], cwd=ROOT, check=False).returncode
    if code:
        raise SetupError(
            "The clips could not be made ready; the lines above say why. Run the same command again when it is mended."
        )


def system_packages() -> None:
    missing = [name for name, proof in TEST_PACKAGES.items() if not Path(proof).exists()]
    if not missing:
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    if os.geteuid() != 0:
        raise SetupError(
            "These system packages are needed for the tests; run as root:\n  apt-get update && " + " ".join(command)
        )
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run("list of system packages", ["apt-get", "update", "-q"], env=quiet)
    run("system packages", command, env=quiet)


def peers() -> None:
    """Servers that the tests read from, as they are packaged."""
    for one in PEER_PACKAGES:
        name, _, version = one.rpartition("-")
        folder = PEERS / one

        def work(name: str = name, version: str = version, folder: Path = folder) -> None:
            shutil.rmtree(folder, ignore_errors=True)
            PEERS.mkdir(parents=True, exist_ok=True)
            python = str(VENV / "bin" / "python")
            run(
                f"test server {name}",
                [python, "-m", "uv", "pip", "install", "-q", "--no-deps", "--only-binary", ":all:", "--python", python,
                 "--target", str(folder), f"{name}=={version}"],
            )  # fmt: skip

        step(f"peer-{name}", version, work, folder)


def together(*jobs: Callable[[], None]) -> None:
    """Run the jobs at the same time; the first error counts, once all have ended."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        running = [pool.submit(job) for job in jobs]
    for job in running:
        job.result()


def main(target: str) -> int:
    began = time.monotonic()
    try:
        check_machine()
        if target == "test":
            system_packages()
        python = python_packages
        if target == "check":
            together(python, lambda: web_page(development=True))
        else:

            def python_then_clips() -> None:
                python()
                if target == "test":
                    peers()
                clips()

            together(python_then_clips, lambda: web_page(development=target == "test"))
    except SetupError as error:
        say(f"\nset-up stopped: {error}")
        return 1
    except KeyboardInterrupt:
        say("\nset-up interrupted; run the same command again to go on")
        return 130
    say(f"set-up: ready after {time.monotonic() - began:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "demo"))
