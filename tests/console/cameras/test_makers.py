"""What is known of makers: addresses by template, the maker by what a device says, sub-streams tried until one sends a smaller picture."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from console.cameras.addresses import check_address
from console.cameras.makers import MAKERS, Maker, addresses, likely, maker_of
from lianqin import keys
from lianqin.errors import RecordError


@pytest.mark.parametrize(
    ("main", "sub"),
    [
        ("rtsp://u:p@10.0.0.1:554/Streaming/Channels/101", "rtsp://u:p@10.0.0.1:554/Streaming/Channels/102"),
        ("rtsp://h/h264/ch1/main/av_stream", "rtsp://h/h264/ch1/sub/av_stream"),
        ("rtsp://h/cam/realmonitor?channel=1&subtype=0", "rtsp://h/cam/realmonitor?channel=1&subtype=1"),
        ("rtsp://h/unicast/c1/s0/live", "rtsp://h/unicast/c1/s1/live"),
        ("rtsp://h/media/video1", "rtsp://h/media/video2"),
        ("rtsp://h/stream1", "rtsp://h/stream2"),
        ("rtsp://h/ch0_0.264", "rtsp://h/ch0_1.264"),
        ("rtsp://h/onvif?profile=Profile_1", "rtsp://h/onvif?profile=Profile_2"),
        ("rtsp://h/MediaProfile00000", "rtsp://h/MediaProfile00001"),
        ("rtsp://h/LiveMedia/ch12/Media1", "rtsp://h/LiveMedia/ch12/Media2"),
        ("rtsp://h/h264Preview_07_main", "rtsp://h/h264Preview_07_sub"),
        ("rtsp://h/3/1", "rtsp://h/3/2"),
        ("rtsp://h/C01", "rtsp://h/C01/sub"),
    ],
)
def test_the_likeliest_is_tried_first(main: str, sub: str) -> None:
    assert likely(main)[0] == sub


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.id)
@pytest.mark.parametrize("channel", [1, 12])
def test_each_template_makes_two_addresses_and_the_second_is_found_from_the_first(maker: Maker, channel: int) -> None:
    main, sub = addresses(maker.id, "10.0.0.9", 8554, channel)
    check_address("x", main)
    assert main.startswith("rtsp://10.0.0.9:8554/")
    assert sub is not None
    assert likely(main)[0] == sub != main
    assert "{" not in main + sub


@pytest.mark.parametrize(
    ("maker", "host", "port", "channel", "key"),
    [
        ("nobody", "h", None, 1, "camera.maker"),
        ("dahua", "", None, 1, "camera.address_host"),
        ("dahua", "u:p@h", None, 1, "camera.address_host"),
        ("dahua", "h/x", None, 1, "camera.address_host"),
        ("dahua", "h", 0, 1, "camera.address_port"),
        ("dahua", "h", None, 0, "camera.channel"),
    ],
)
def test_a_template_is_not_filled_with_nonsense(
    maker: str, host: str, port: int | None, channel: int, key: str
) -> None:
    with pytest.raises(RecordError) as told:
        addresses(maker, host, port, channel)
    assert told.value.key == key


@pytest.mark.parametrize(
    ("said", "maker"),
    [
        (("HIKVISION DS-2CD2T45", ""), "hikvision"),
        (("", "DS-2CD3T46WD"), "hikvision"),
        (("Dahua", "IPC-HFW2433"), "dahua"),
        (("UNV", "IPC2122"), "uniview"),
        (("TIANDY", "TC-C32"), "tiandy"),
        (("海康威视", ""), "hikvision"),
        (("NVT", "whatever"), "onvif"),
        (("", ""), "onvif"),
    ],
)
def test_a_device_s_own_words_name_its_maker(said: tuple[str, str], maker: str) -> None:
    assert maker_of(*said) == maker


def test_a_password_that_says_main_stays_what_it_is() -> None:
    assert likely("rtsp://main:main@main/main")[0] == "rtsp://main:main@main/sub"


def probed(width: int, reason: str = "") -> bytes:
    return msgspec.json.encode({"reason": reason, "detail": "", "codec": "h264", "width": width, "height": 360, "fps": 25.0,
                                "group_s": 2.0, "kbps": 500.0, "picture": None})  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "found", "asked"),
    [
        ({"/Streaming/Channels/101": probed(1920), "/Streaming/Channels/102": probed(640)}, "102", 2),
        (
            {"/Streaming/Channels/101": probed(1920), "/Streaming/Channels/102": probed(1920), "/sub": probed(640)},
            "sub",
            3,
        ),
        ({"/Streaming/Channels/101": probed(1920)}, None, 3),
        ({}, None, 1),
    ],
)
def test_a_smaller_picture_is_taken_an_equal_one_not(
    room: Any, monkeypatch: pytest.MonkeyPatch, answers: dict[str, bytes], found: str | None, asked: int
) -> None:
    room.redis.zadd(keys.ingest_workers(), {"w1": 1.0})
    room.redis.set(keys.worker("w1"), "http://127.0.0.1:1")
    urls: list[str] = []

    def ask(console: Any, _worker: str, told: Any, **_: Any) -> Any:
        urls.append(console.keyring.unseal(msgspec.json.decode(told.body)["url"]))
        body = next((body for end, body in answers.items() if urls[-1].endswith(end)), probed(0, "not_found"))
        return type("Reply", (), {"body": body})

    monkeypatch.setattr("console.cameras.video.ask", ask)
    office = room.role("sysadmin")
    answer = office.post("/api/cameras/sub", {"url": "rtsp://u:pw@10.0.0.9/Streaming/Channels/101"})
    assert answer.status_code == 200, answer.text
    sub = answer.json()["sub_url"]
    assert sub is None if found is None else sub.endswith(found)
    assert len(urls) == asked
    assert room.audit("camera.probe"), "each try is registered"
    assert all("pw" not in row.object_id for row in room.audit("camera.probe"))
