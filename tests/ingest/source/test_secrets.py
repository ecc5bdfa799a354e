"""A password is followed from the camera's address to all that is told of it: health, log, alert, and a try."""

from __future__ import annotations

import time
from typing import Any

import av
import msgspec
import pytest
import structlog

from demo.rtsp.odd import OddCamera, OddResponse, OddSim
from ingest.source.probe import ProbeRequest, probe
from lianqin import keys, logs
from lianqin.clock import SystemClock
from lianqin.records import encode

RAW = "Ge/hei#m?@1:x"
IN_PATH = "user=admin_password=gEheim2_channel=1_stream=0.sdp"
PARTS = ("Ge/", "hei#", "m?@", "@1:x", "Ge%2F", "gEheim2")


@pytest.mark.timeout(120)
def test_no_part_of_a_password_is_told_or_logged_by_a_worker(house: Any, loops: Any, kit: Any, capfd: Any) -> None:
    logs.configure(json=True)
    well = OddCamera(loops.h264["main"], lambda _: None, user="admin", password=RAW)
    odd = OddCamera(
        loops.h264["main"], lambda request: OddResponse("454 Session Not Found") if request.method == "SETUP" else None,
        user="admin", password=RAW,
    )  # fmt: skip
    with OddSim({"well": well, "odd": odd}) as sim:
        one = kit.camera_of(sim, "well", sub=False, url=f"{sim.url('well')}?{IN_PATH}")
        other = kit.camera_of(sim, "odd", sub=False, zones=(), url=f"{sim.url('odd')}?{IN_PATH}")
        wrong = kit.camera_of(sim, "odd", id="wrong", sub=False, zones=(), url=sim.url("odd").replace(RAW, RAW + "no"))
        away = kit.camera_of(
            sim, "well", id="away", sub=False, zones=(), url=f"rtsp://admin:{RAW}@127.0.0.1:1/{IN_PATH}"
        )
        unclear = kit.camera_of(
            sim, "well", id="unclear", sub=False, zones=(), url=f"rtsp://admin:{RAW}@127.0.0.1/x@10.0.0.1/{IN_PATH}"
        )
        house.publish(one, other, wrong, away, unclear)
        house.worker(clip_before=2.0, clip_after=1.0)
        kit.until("alert", lambda: house.alerts("well"))
        kit.until("evidence", lambda: house.evidence("well"))
        faults = {
            "odd": {"refused", "not_found"},
            "wrong": {"unauthorised"},
            "away": {"unreachable"},
            "unclear": {"bad_address"},
        }
        for name, reasons in faults.items():
            kit.until(name, lambda name=name, reasons=reasons: (told := house.health(name)) and told.reason in reasons)
        time.sleep(3)
        found = [
            probe(ProbeRequest(camera.url), av.open, SystemClock()) for camera in (one, other, wrong, away, unclear)
        ]
        house.close()
    said = capfd.readouterr()
    structlog.reset_defaults()
    told = [
        said.out,
        said.err,
        *(encode(house.health(name)).decode() for name in ("well", "odd", "wrong", "away", "unclear")),
    ]
    told += [
        encode(record).decode() for stream in (keys.ALERTS, keys.HEALTH, keys.WATCH) for record in house.records(stream)
    ]
    told += [str(msgspec.structs.replace(one, picture=None)) for one in found]
    told += [str(house.client.hgetall(name)) for name in (keys.cameras_blamed(), keys.cameras_at_risk("ingest-1"))]
    assert "retry" in said.err
    assert not [(part, text) for part in PARTS for text in told if part in text]
    assert "%2F" in house.health("unclear").detail, "and how to write it is told"
