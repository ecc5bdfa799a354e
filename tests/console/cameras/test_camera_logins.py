"""A camera's user name and password apart from its address: put together rightly, kept when nothing is said, never given back."""

from __future__ import annotations

from typing import Any

import pytest

from console.cameras.addresses import CameraLogin, StoredAddresses, settled
from console.cameras.tables import CameraRow
from lianqin.addresses import redact, split_address, with_secrets
from lianqin.errors import RecordError
from tests.console.cameras.test_camera_sheets import send, sheet
from tests.console.cameras.test_cameras import NEW

STANDS = StoredAddresses("rtsp://cam:s3cret@10.0.0.1:554/main", "rtsp://cam:s3cret@10.0.0.1:554/sub")
APART = StoredAddresses("rtsp://cam:s3cret@10.0.0.1/main", "rtsp://other:0ther@10.0.0.1/sub")
MAIN, SUB = "rtsp://10.0.0.1:554/main", "rtsp://10.0.0.1:554/sub"
KEPT = [
    (MAIN, SUB, CameraLogin("cam"), STANDS, STANDS.url, STANDS.sub_url),
    (redact(STANDS.url), redact(STANDS.sub_url or ""), CameraLogin("cam"), STANDS, STANDS.url, STANDS.sub_url),
    (MAIN, None, CameraLogin("cam", "new"), STANDS, "rtsp://cam:new@10.0.0.1:554/main", None),
    (MAIN, SUB, CameraLogin("cam", "new"), STANDS, "rtsp://cam:new@10.0.0.1:554/main", "rtsp://cam:new@10.0.0.1:554/sub"),
    (MAIN, SUB, CameraLogin(None, "new"), STANDS, "rtsp://cam:new@10.0.0.1:554/main", "rtsp://cam:new@10.0.0.1:554/sub"),
    (MAIN, None, CameraLogin("root"), STANDS, "rtsp://root:s3cret@10.0.0.1:554/main", None),
    (MAIN, None, CameraLogin("cam", ""), STANDS, "rtsp://cam@10.0.0.1:554/main", None),
    (MAIN, None, CameraLogin(""), STANDS, MAIN, None),
    (MAIN, None, CameraLogin("", "pw"), None, "rtsp://:pw@10.0.0.1:554/main", None),
    ("rtsp://10.0.0.1/main", None, CameraLogin("cam"), STANDS, "rtsp://cam:s3cret@10.0.0.1/main", None),
    ("rtsp://10.0.0.9/main", None, CameraLogin("cam", "new"), STANDS, "rtsp://cam:new@10.0.0.9/main", None),
    ("rtsp://u:p@10.0.0.9/main", None, CameraLogin("", None), None, "rtsp://u:p@10.0.0.9/main", None),
    (MAIN, redact(APART.sub_url or ""), CameraLogin("cam", "new"), APART, "rtsp://cam:new@10.0.0.1:554/main", APART.sub_url),
    (MAIN, "rtsp://x:y@10.0.0.1/sub", CameraLogin("cam", "new"), STANDS, "rtsp://cam:new@10.0.0.1:554/main", "rtsp://x:y@10.0.0.1/sub"),
    (MAIN, "rtsp://10.0.0.7/sub", CameraLogin("cam", "new"), STANDS, "rtsp://cam:new@10.0.0.1:554/main", "rtsp://10.0.0.7/sub"),
    ("rtsp://10.0.0.1/x?password=***", None, CameraLogin("cam"), StoredAddresses("rtsp://cam:s3cret@10.0.0.1/x?password=in"),
     "rtsp://cam:s3cret@10.0.0.1/x?password=in", None),
]  # fmt: skip


@pytest.mark.parametrize(("url", "sub_url", "login", "old", "main", "sub"), KEPT)
def test_what_is_said_apart_goes_into_the_addresses_and_what_is_not_said_stays(
    url: str, sub_url: str | None, login: CameraLogin, old: StoredAddresses | None, main: str, sub: str | None
) -> None:
    assert settled(url, sub_url, login, old) == (main, sub)


@pytest.mark.parametrize(
    "secret", ["a@b", "a:b", "a/b?c#d", "50%", "%40", "密码", "a b", "***", "!$&'()*+,;=", "[x]", "é€𝄞"]
)
def test_any_sign_of_a_password_goes_into_an_address_and_comes_out_again(secret: str) -> None:
    main, _ = settled(MAIN, None, CameraLogin("管理:员@x", secret), None)
    found = split_address(main)
    assert (found.user, found.password, found.host, found.port, found.rest) == (
        "管理:员@x",
        secret,
        "10.0.0.1",
        554,
        "/main",
    )
    assert main.isascii()
    assert redact(main) == "rtsp://***@10.0.0.1:554/main"


def test_a_password_that_is_not_said_again_goes_to_no_other_machine() -> None:
    for url in ("rtsp://10.0.0.9:554/main", "rtsp://10.0.0.1:8554/main"):
        with pytest.raises(RecordError) as told:
            settled(url, None, CameraLogin("cam"), STANDS)
        assert told.value.key == "camera.password_needed"
        assert "s3cret" not in str(told.value)


def test_a_password_without_a_name_is_hidden_and_kept_too() -> None:
    url = "rtsp://:geheim@10.0.0.1/x"
    assert redact(url) == "rtsp://***@10.0.0.1/x"
    assert with_secrets("rtsp://***@10.0.0.1/y", url) == "rtsp://:geheim@10.0.0.1/y"


def stored(room: Any, camera_id: str = "C09") -> tuple[str, str | None]:
    with room.store.read() as session:
        row = session.get_one(CameraRow, camera_id)
        return row.url, row.sub_url


def test_the_form_s_way_adds_keeps_changes_and_clears_and_shows_no_password(room: Any) -> None:
    admin = room.role("sysadmin")
    form = NEW | {
        "url": "rtsp://10.0.0.9/main",
        "sub_url": "rtsp://10.0.0.9/sub",
        "user": "admin",
        "password": "p@:/#%密",
    }
    answers = [admin.post("/api/cameras", form)]
    assert stored(room) == (
        "rtsp://admin:p%40%3A%2F%23%25%E5%AF%86@10.0.0.9/main",
        "rtsp://admin:p%40%3A%2F%23%25%E5%AF%86@10.0.0.9/sub",
    )
    shown = answers[0].json()["camera"]
    assert (shown["user"], shown["has_password"], shown["sub_apart"], shown["url"]) == (
        "admin",
        True,
        False,
        "rtsp://***@10.0.0.9/main",
    )
    answers.append(admin.put("/api/cameras/C09", form | {"password": None, "name": "改名"}))
    assert stored(room)[0].endswith("%E5%AF%86@10.0.0.9/main"), "nothing said: unchanged"
    assert answers[-1].json()["camera"]["version"] == 2
    answers.append(admin.put("/api/cameras/C09", form | {"password": None, "name": "改名"}))
    assert answers[-1].json()["camera"]["version"] == 2, "the same again is no change"
    answers.append(admin.put("/api/cameras/C09", form | {"password": None, "url": "rtsp://10.0.0.8/main"}))
    assert answers[-1].json()["key"] == "camera.password_needed"
    answers.append(admin.put("/api/cameras/C09", form | {"password": ""}))
    assert stored(room) == ("rtsp://admin@10.0.0.9/main", "rtsp://admin@10.0.0.9/sub")
    assert answers[-1].json()["camera"]["has_password"] is False
    answers.append(admin.get("/api/cameras?q=C09"))
    assert not [one for one in answers if "p@:" in one.text or "%40%3A" in one.text]
    assert "p@:" not in str([row.detail for row in room.audit()])
    assert "user" not in room.role("operator").get("/api/cameras?q=C09").json()["items"][0]


def test_an_area_that_is_not_there_is_refused(room: Any) -> None:
    admin = room.role("sysadmin")
    assert admin.post("/api/cameras", NEW | {"area_id": "A9"}).json()["key"] == "ground.no_area"
    assert admin.post("/api/cameras", NEW | {"area_id": "A1"}).status_code == 200
    assert admin.put("/api/cameras/C09", NEW | {"area_id": "A9"}).json()["key"] == "ground.no_area"
    assert admin.put("/api/cameras/C09", NEW | {"area_id": None}).status_code == 200


HEAD = [
    "编号",
    "国标编码",
    "名称",
    "主码流地址",
    "子码流地址",
    "用户名",
    "密码",
    "厂商",
    "IP地址",
    "端口",
    "通道",
    "智能分析",
]


def line(**told: str) -> list[str]:
    names = ("id", "code", "name", "url", "sub_url", "user", "password", "maker", "host", "port", "channel", "enabled")
    given = {"id": "N1", "code": "99010100001325000001", "name": "路口", "enabled": "否"} | told
    return [given.get(name, "") for name in names]


SHEETS = [
    (line(url="rtsp://10.1.0.1/main", user="admin", password="a/b@c"), ("rtsp://admin:a%2Fb%40c@10.1.0.1/main", None)),
    (line(url="rtsp://u:p@10.1.0.1/main"), ("rtsp://u:p@10.1.0.1/main", None)),
    (line(maker="海康威视", host="10.1.0.1", channel="3", user="admin", password="x"),
     ("rtsp://admin:x@10.1.0.1:554/Streaming/Channels/301", "rtsp://admin:x@10.1.0.1:554/Streaming/Channels/302")),
    (line(maker="dahua", host="10.1.0.1", port="8554"),
     ("rtsp://10.1.0.1:8554/cam/realmonitor?channel=1&subtype=0", "rtsp://10.1.0.1:8554/cam/realmonitor?channel=1&subtype=1")),
    (line(maker="dahua", host="10.1.0.1", url="rtsp://10.2.0.1/own"), ("rtsp://10.2.0.1/own", None)),
]  # fmt: skip


@pytest.mark.parametrize(("row", "kept"), SHEETS)
def test_a_sheet_says_login_and_maker_in_columns_or_all_in_the_address(
    room: Any, row: list[str], kept: tuple[str, str | None]
) -> None:
    assert send(room, sheet(row, head=HEAD))["done"]
    assert stored(room, "N1") == kept
    visitor = room.role("sysadmin")
    back = visitor.client.get("/api/cameras/sheet?form=csv", headers=visitor.headers())
    assert send(room, back.content)["changed"] == 0, "what was taken out reads back unchanged"
    assert stored(room, "N1") == kept


def test_a_new_password_in_a_sheet_goes_to_both_streams_and_an_empty_one_stays(room: Any) -> None:
    send(room, sheet(line(url="rtsp://u:p@10.1.0.1/main", sub_url="rtsp://u:p@10.1.0.1/sub"), head=HEAD))
    head = ["编号", "密码"]
    assert send(room, sheet(["N1", "neu"], head=head))["changed"] == 1
    assert stored(room, "N1") == ("rtsp://u:neu@10.1.0.1/main", "rtsp://u:neu@10.1.0.1/sub")
    assert send(room, sheet(["N1", "", "u"], head=[*head, "用户名"]))["same"] == 1


@pytest.mark.parametrize(
    ("row", "key", "column"),
    [
        (line(host="10.1.0.1"), "sheet.needed", "厂商"),
        (line(maker="海康威视", host="10.1.0.1/x"), "camera.address_host", "主码流地址"),
        (line(maker="海康威视", host="10.1.0.1", port="70000"), "camera.address_port", "主码流地址"),
        (line(maker="海康威视", host="10.1.0.1", channel="600"), "camera.channel", "通道"),
        (line(maker="没有的", host="10.1.0.1"), "sheet.word", "厂商"),
        (line(url="rtsp://10.1.0.1/x", password="1.5E+12"), "sheet.digits_lost", "密码"),
    ],
)
def test_what_is_wrong_with_a_maker_or_login_is_named_and_no_password_comes_back(
    room: Any, row: list[str], key: str, column: str
) -> None:
    told = send(room, sheet(row, head=HEAD))
    [bad] = told["bad"]
    assert (bad["key"], bad["column"]) == (key, column)
    assert "1.5E+12" not in str(told)
