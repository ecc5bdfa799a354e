"""The clips by recipe: where each comes from, its sha256, what it shows. `python -m bench.quality.footage FOLDER...` copies
what it finds in the given git directories into the cache.

Footage is never part of the project: a clip that is not at hand is skipped and counted as skipped.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Final, Literal

import msgspec

from demo.clips import CACHE as PACKAGED
from demo.clips import ROOT
from lianqin import settings
from lianqin.decoding import from_plain

FOLDER: Final = ROOT / ".cache" / "footage"
RECIPE: Final = Path(__file__).with_name("footage.toml")
_SHARED: Final = ROOT.parent / "shared" / "clips"
Tag = Literal[
    "day", "night", "infrared", "dim", "glare", "far", "crowded", "indoor", "rain", "headlights", "made", "above", "small"
]  # fmt: skip


class Clip(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One stretch of footage. Clips of one `camera` show one place."""

    id: str
    camera: str
    file: str
    """Name in the cache; or below the folder of own clips, or among the packaged ones."""
    sha256: str
    source: str
    licence: str
    split: Literal["chosen", "held"]
    """`chosen`: thresholds may be chosen on it."""
    tags: tuple[Tag, ...]
    repository: str = ""
    commit: str = ""
    path: str = ""
    frames: tuple[int, int] | None = None
    """First and last frame that are used (0 is the first of the file)."""
    fps: float | None = None
    """True frames a second where the file's header is wrong."""


class _Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    clip: tuple[Clip, ...]


def clips() -> tuple[Clip, ...]:
    return from_plain(tomllib.loads(RECIPE.read_text(encoding="utf-8")), _Recipe).clip


def locate(clip: Clip) -> Path | None:
    """The clip's file, of the right content; None where it is not at hand."""
    path = find(clip.file)
    return path if path and sha256_of(path) == clip.sha256 else None


def find(name: str) -> Path | None:
    """A file of that name in the cache, among the packaged clips, or in the folder of own clips."""
    own = settings.own_clips()
    folders = (FOLDER, PACKAGED, *((own,) if own else ()), _SHARED)
    return next((folder / name for folder in folders if (folder / name).is_file()), None)


@cache
def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def copy_from(repositories: list[Path], wanted: tuple[Clip, ...]) -> tuple[list[str], list[str]]:
    """Copy what the git directories hold into the cache -> ids copied (or there already), ids not found."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    got, missing = list[str](), list[str]()
    for clip in wanted:
        if locate(clip) or (clip.repository and any(_copy(repository, clip) for repository in repositories)):
            got.append(clip.id)
        else:
            missing.append(clip.id)
    return got, missing


def _copy(repository: Path, clip: Clip) -> bool:
    command = ["git", f"--git-dir={repository}", "show", f"{clip.commit}:{clip.path}"]
    shown = subprocess.run(command, capture_output=True, check=False)
    if shown.returncode or hashlib.sha256(shown.stdout).hexdigest() != clip.sha256:
        return False
    target = FOLDER / clip.file
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f"{target.name}.part")
    beside.write_bytes(shown.stdout)
    beside.replace(target)
    return True


def main(arguments: list[str]) -> int:
    got, missing = copy_from([Path(one) for one in arguments], clips())
    print(f"{len(got)} clips at hand; not found: {', '.join(missing) or 'none'}")
    return 0 if got else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
