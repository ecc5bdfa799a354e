"""A worker opens a camera whose address came sealed; the password lies nowhere in Redis while it watches."""

from __future__ import annotations

import msgspec
import pytest
import structlog

from demo.rtsp.odd import OddCamera, OddSim
from ingest.worker import IngestWorker
from lianqin import keys, logs, sealing
from lianqin.sealed import Keyring

PASSWORD = "Gehe1m-Haupt"
pytestmark = pytest.mark.timeout(120)


def test_a_worker_watches_a_camera_whose_address_is_sealed(house, loops, kit, capfd) -> None:  # type: ignore[no-untyped-def]
    logs.configure(json=True)
    ring = Keyring(house.settings(), makes=True)
    camera = OddCamera(loops.h264["main"], lambda _: None, user="admin", password=PASSWORD)
    with OddSim({"C01": camera}) as sim:
        plain = kit.camera_of(sim, "C01", sub=False)
        assert PASSWORD in plain.url
        house.publish(ring.sealed_camera(plain))
        worker = house.worker(clip_before=2.0, clip_after=1.0)
        kit.until("watched", lambda: house.is_ok("C01"))
        kit.until("alert", lambda: house.alerts("C01"))
        lies = [name for name in house.client.keys("*") if PASSWORD.encode() in bytes(house.client.dump(name))]
        assert lies == []
        before = worker.tasks["C01"]
        sealing.put_file(
            sealing.file_of(house.settings()), f"{sealing.new_key()}\n{sealing.file_of(house.settings()).read_text()}"
        )
        house.publish(
            Keyring(house.settings(), makes=True).sealed_camera(
                msgspec.structs.replace(plain, version=plain.version + 1)
            )
        )
        kit.until("followed", lambda: worker._wanted["C01"].version == plain.version + 1)
        assert worker.tasks["C01"] is before, "sealed anew it is the same address: the camera is not opened again"
        house.close()
    said = capfd.readouterr()
    structlog.reset_defaults()
    assert PASSWORD not in said.out + said.err


def test_a_worker_without_the_key_leaves_the_camera_to_others_until_it_comes(
    house, kit, loops, tmp_path, capfd
) -> None:  # type: ignore[no-untyped-def]
    logs.configure(json=True)
    elsewhere = house.settings(seal_keys_file=str(tmp_path / "keys"))
    ours = house.settings()
    sealing.put_file(tmp_path / "keys", sealing.new_key())
    camera = OddCamera(loops.h264["main"], lambda _: None, user="admin", password=PASSWORD)
    with OddSim({"C01": camera}) as sim:
        house.publish(Keyring(elsewhere, makes=False).sealed_camera(kit.camera_of(sim, "C01", sub=False)))
        worker: IngestWorker = house.worker(kit.nobody())
        kit.until("said", lambda: worker._shut_why)
        assert worker.tasks == {}
        assert house.client.hget(keys.camera_health(), "C01") is None
        assert not sealing.file_of(ours).exists(), "it makes no key of its own"
        sealing.put_file(sealing.file_of(ours), (tmp_path / "keys").read_text())
        kit.until("watched", lambda: house.is_ok("C01"))
        house.close()
    said = capfd.readouterr()
    structlog.reset_defaults()
    assert "addresses_sealed" in said.err
    assert PASSWORD not in said.out + said.err
