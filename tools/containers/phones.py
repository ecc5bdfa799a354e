"""Guards' phones: a fix a second each, oldest first, again until it is answered 200, as the public clients do."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping


class Phones:
    """`answered`: device times by guard, seconds."""

    def __init__(self, url: str, credentials: Mapping[str, str], opened: float) -> None:
        self._url, self._opened = url, opened
        self.answered: dict[str, list[int]] = {guard: [] for guard in credentials}
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._walk, args=(guard, credential), daemon=True)
            for guard, credential in credentials.items()
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """What is on its way is answered first."""
        self._stop.set()
        for thread in self._threads:
            thread.join(120)

    @property
    def count(self) -> int:
        return sum(len(times) for times in self.answered.values())

    def _walk(self, guard: str, credential: str) -> None:
        at = int(self._opened) + 1
        while not self._stop.wait(max(0.0, at - time.time())):
            while not self._is_taken(credential, at):
                time.sleep(0.3)
            self.answered[guard].append(at)
            at += 1

    def _is_taken(self, credential: str, at: int) -> bool:
        told = urllib.parse.urlencode(
            {"id": credential, "timestamp": at, "lat": "34.00300", "lon": "119.20370", "accuracy": "6"}
        )
        try:
            with urllib.request.urlopen(f"{self._url}/?{told}", data=b"", timeout=5) as answer:  # noqa: S310 - our own address
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False
