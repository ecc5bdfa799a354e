"""Base images from Debian's packages, and ours by docker/Dockerfile on top of them. No registry of images is asked."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tools.containers.podman import ROOT, WORK, run, succeeds

HERE = Path(__file__).parent / "bases"
DEBIAN = "localhost/lianqin-debian"
OURS, PYTHON, NODE = "localhost/lianqin", "localhost/lianqin-python", "localhost/lianqin-node"
VALKEY, POSTGRES = "localhost/lianqin-valkey", "localhost/lianqin-postgres"
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


def build() -> None:
    """All six; what was built before from the same files comes from podman's cache."""
    if not succeeds("image", "exists", DEBIAN):
        tar = WORK / "debian.tar"
        packages = "python3.11,python3-pip,python3.11-venv,ca-certificates"
        sources = "/etc/apt/sources.list.d/debian.sources"
        more = [sources] if Path(sources).exists() else []
        run("Debian image", ["mmdebstrap", "--variant=minbase", f"--include={packages}", "bookworm", str(tar), *more])
        run("Debian image taken in", ["podman", "import", str(tar), DEBIAN])
        tar.unlink()
    for tag, file in ((PYTHON, "Python"), (NODE, "Node"), (VALKEY, "Valkey"), (POSTGRES, "Postgres")):
        _build(tag, HERE / file, HERE)
    _build(OURS, ROOT / "docker" / "Dockerfile", ROOT, f"PYTHON_IMAGE={PYTHON}", f"NODE_IMAGE={NODE}")


def _build(tag: str, file: Path, context: Path, *arguments: str) -> None:
    given = [part for argument in arguments for part in ("--build-arg", argument)]
    limits = ["--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096"]
    command = ["podman", "build", "--pull=never", *limits, *_mounts(), *given, "-t", tag, "-f", str(file), str(context)]
    run(f"image {tag.removeprefix('localhost/')}", command)


def _mounts() -> list[str]:
    """How this machine reaches its package registries, for the build alone: nothing of it stays in an image."""
    npmrc = WORK / "npmrc"
    registry = ""
    if shutil.which("npm"):
        registry = subprocess.run(
            ["npm", "config", "get", "registry"], capture_output=True, text=True, check=False
        ).stdout.strip()
    lines = [f"registry={registry}"] if registry.startswith("http") else []
    npmrc.write_text("\n".join([*lines, f"cafile={AUTHORITIES}", ""]), encoding="utf-8")
    pairs = [(AUTHORITIES, str(AUTHORITIES)), (npmrc, "/root/.npmrc"), (Path("/etc/pip.conf"), "/etc/pip.conf")]
    return [part for here, there in pairs if here.exists() for part in ("-v", f"{here}:{there}:ro")]
