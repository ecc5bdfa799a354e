"""Plays the publishing side of a worker: `alert_writer.py REDIS_URL SPOOL_FOLDER LIST COUNT`. Notes each id once it is
published or spooled; started again, it goes on behind the last one noted."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from lianqin import keys
from lianqin.bus import Publisher, connect
from lianqin.spool import Spool
from lianqin.testing import an_alert


def main(url: str, spool: str, noted: str, count: str) -> None:
    publisher = Publisher(connect(url, timeout=2.0), Spool(Path(spool), limit_bytes=1 << 24))
    with Path(noted).open("a+", encoding="utf-8") as file:
        file.seek(0)
        done = len(file.read().split())
        while True:
            if done < int(count):
                publisher.publish(keys.ALERTS, an_alert(id=f"al-{done:05d}", captured_at=time.time()))
                file.write(f"al-{done:05d}\n")
                file.flush()
                os.fsync(file.fileno())
                done += 1
            publisher.flush()
            time.sleep(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
