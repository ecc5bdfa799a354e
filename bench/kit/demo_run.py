"""The demo on free ports and in a folder of its own, as a benchmark's object: started, its address told, ended."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]


@contextmanager
def running_demo() -> Iterator[str]:
    """The address of its console, once that answers. Ends the demo and removes its folder after.

    Raises RuntimeError when the demo ends before it names an address."""
    folder = Path(tempfile.mkdtemp(prefix="lqb-"))
    command = [sys.executable, "-m", "demo", "--free-ports", "--run-dir", str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        found, said = None, ""
        for line in process.stdout:
            said += line
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                break
        if not found:
            raise RuntimeError(f"the demo did not start:\n{said}")
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield found.group()
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)
