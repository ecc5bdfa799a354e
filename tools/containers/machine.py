"""Is this a machine on which it can be done? What is missing of Debian's packages is installed."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from tools.containers.podman import ROOT, WORK, TrialError, run

NEED_GB = 12
PACKAGES = {
    "podman": "/usr/bin/podman",
    "runc": "/usr/sbin/runc",
    "netavark": "/usr/lib/podman/netavark",
    "aardvark-dns": "/usr/lib/podman/aardvark-dns",
    "iptables": "/usr/sbin/iptables",
    "mmdebstrap": "/usr/bin/mmdebstrap",
}
COMPOSE = "podman-compose==1.6.0"
"""From PyPI, in an environment of its own."""


def check() -> None:
    """Raises TrialError that says what is missing."""
    release = Path("/etc/os-release").read_text(encoding="utf-8") if Path("/etc/os-release").exists() else ""
    if "VERSION_CODENAME=bookworm" not in release:
        raise TrialError("This trial builds its base images from Debian 12's packages and was made for Debian 12 (bookworm). "
                         "Elsewhere run the compose file itself: docker/README.md says how.")  # fmt: skip
    if os.geteuid() != 0:
        raise TrialError(
            "This trial installs packages, makes base images and networks: run it as root, on a machine for trials."
        )
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < NEED_GB:
        raise TrialError(f"{free:.1f} GB are free under {ROOT}; about {NEED_GB} GB are needed.")


def install() -> Path:
    """Returns podman-compose."""
    missing = [name for name, file in PACKAGES.items() if not Path(file).exists()]
    if missing:
        run("list of Debian packages", ["apt-get", "update", "-q"])
        run("Debian packages", ["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing])
    venv = WORK / "venv"
    compose = venv / "bin" / "podman-compose"
    if not compose.exists():
        run("environment of podman-compose", [sys.executable, "-m", "venv", str(venv)])
        run("podman-compose", [str(venv / "bin" / "pip"), "install", "-q", COMPOSE])
    return compose
