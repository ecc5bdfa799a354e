"""Where an address' password is, although it was typed raw, and that it is never shown."""

from __future__ import annotations

import pytest

from lianqin.addresses import redact, safe_name, shown, split_address, with_secrets

UNDERSTOOD = [
    ("rtsp://10.0.0.1/x", "", "", "10.0.0.1", None, "/x"),
    ("rtsp://admin:geheim@10.0.0.1:554/x", "admin", "geheim", "10.0.0.1", 554, "/x"),
    ("rtsp://admin:ge/heim@10.0.0.1/x", "admin", "ge/heim", "10.0.0.1", None, "/x"),
    ("rtsp://admin:ge#heim@10.0.0.1/x", "admin", "ge#heim", "10.0.0.1", None, "/x"),
    ("rtsp://admin:ge?heim@10.0.0.1/x", "admin", "ge?heim", "10.0.0.1", None, "/x"),
    ("rtsp://admin:ge@heim@10.0.0.1/x", "admin", "ge@heim", "10.0.0.1", None, "/x"),
    ("rtsp://admin:ge:heim@10.0.0.1/x", "admin", "ge:heim", "10.0.0.1", None, "/x"),
    ("rtsp://admin:@/#?:geheim@cam-7.lan:8554/x?y=1", "admin", "@/#?:geheim", "cam-7.lan", 8554, "/x?y=1"),
    ("rtsp://admin:12/geheim@10.0.0.1/x", "admin", "12/geheim", "10.0.0.1", None, "/x"),  # 12 is no port here
    ("rtsp://admin:ge/heim@camera/x", "admin", "ge/heim", "camera", None, "/x"),
    ("rtsp://admin:ge%2Fh%40im@10.0.0.1/x", "admin", "ge/h@im", "10.0.0.1", None, "/x"),
    ("rtsp://admin:ge/heim@[fe80::1]:554/x", "admin", "ge/heim", "fe80::1", 554, "/x"),
    ("RTSP://ADMIN:GeHeim@CAM.LAN/X", "ADMIN", "GeHeim", "CAM.LAN", None, "/X"),
    ("rtsp://admin:geheim@10.0.0.1/cam@2/x", "admin", "geheim", "10.0.0.1", None, "/cam@2/x"),
    ("rtsp://10.0.0.1/cam@2/x", "", "", "10.0.0.1", None, "/cam@2/x"),
    ("rtsps://admin:geheim@10.0.0.1", "admin", "geheim", "10.0.0.1", None, ""),
]  # fmt: skip


@pytest.mark.parametrize(("url", "user", "password", "host", "port", "rest"), UNDERSTOOD)
def test_a_password_typed_raw_is_understood(
    url: str, user: str, password: str, host: str, port: int | None, rest: str
) -> None:
    found = split_address(url)
    assert (found.user, found.password, found.host, found.port, found.rest) == (user, password, host, port, rest)
    assert not found.fault
    again = split_address(found.url)
    assert (again.user, again.password, again.place, again.rest) == (user, password, found.place, rest)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("rtsp://admin:ge/heim@10.0.0.1/x@10.0.0.2/y", "ambiguous"),
        ("rtsp://admin:geheim@10.0.0.1/to@cam.lan/y", "ambiguous"),
        ("rtsp://h:99999/x", "port"),
        ("rtsp://h:port/x", "port"),
        ("rtsp://admin:geheim@/x", "host"),
        ("rtsp://[::1/x", "host"),
        ("admin:geheim@10.0.0.1/x", "host"),
        ("", "host"),
    ],
)
def test_what_can_not_be_read_in_one_way_says_so(url: str, fault: str) -> None:
    assert split_address(url).fault == fault


SECRETS = [
    *(case[0] for case in UNDERSTOOD if case[2]),
    "rtsp://admin:ge/heim@10.0.0.1/x@10.0.0.2/y",
    "rtsp://10.0.0.1/x?user=admin&password=geheim&channel=1",
    "rtsp://10.0.0.1/user=admin&password=geheim&channel=1&stream=0.sdp?real_stream",
    "rtsp://10.0.0.1/user=admin_password=geheim_channel=1_stream=0.sdp",
    "rtsp://10.0.0.1/user=admin_password=ge_heim_channel=1_stream=0.sdp",
    "rtsp://10.0.0.1/x?pwd=geheim", "rtsp://10.0.0.1/x?PASSWD=geheim", "rtsp://10.0.0.1/x?Pass=geheim;y=1",
    "rtsp://10.0.0.1/x?token=geheim", "rtsp://10.0.0.1/x?access_token=geheim", "rtsp://10.0.0.1/x?auth=geheim",
    "rtsp://10.0.0.1/x?authbasic=geheim", "rtsp://10.0.0.1/x?secret=geheim", "rtsp://10.0.0.1/x?key=geheim",
    "rtsp://10.0.0.1/x?apiKey=geheim", "rtsp://10.0.0.1/x?loginpas=1&userpwd=ge/h@im", "rtsp://10.0.0.1/x?psw=geheim",
    "rtsp://10.0.0.1/x?password%3Dgeheim",
    "rtsp%3A%2F%2Fadmin%3Ageheim%4010.0.0.1%2Fx",
    "HTTP://admin:geheim@10.0.0.1/x",
]  # fmt: skip
PARTS = ("geheim", "GeHeim", "ge/", "heim", "h@im", "@im", "ge@", "ge#", "ge?", "ge_", "ge%")


@pytest.mark.parametrize("url", SECRETS)
@pytest.mark.parametrize("text", ["{}", "can't open {}: no answer", "['{}']", '{{"url": "{}"}}'])
def test_no_text_shows_a_secret(url: str, text: str) -> None:
    said = redact(text.format(url))
    assert not [part for part in PARTS if part in said], said
    assert any(host in said for host in ("10.0.0", "CAM", "cam", "fe80", "***@2/")), "which camera it is is still told"


@pytest.mark.parametrize("url", [one for one in SECRETS if "%3A%2F" not in one])
def test_no_name_holds_a_secret_with_or_without_a_scheme(url: str) -> None:
    for said in (safe_name(url), safe_name(url.partition("://")[2]), shown(url.partition("://")[2])):
        assert not [part for part in PARTS if part in said], said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rtsp://10.0.0.1/Streaming/Channels/101", "rtsp://10.0.0.1/Streaming/Channels/101"),
        ("rtsp://10.0.0.1/cam/realmonitor?channel=1&subtype=0", "rtsp://10.0.0.1/cam/realmonitor?channel=1&subtype=0"),
        ("rtsp://10.0.0.1/user=admin_password=geheim_channel=1_stream=0.sdp?real_stream",
         "rtsp://10.0.0.1/user=admin_password=***_channel=1_stream=0.sdp?real_stream"),
        ("no address at all: key=1", "no address at all: key=1"),
        ("rtsp://10.0.0.1/cam@2/x", "rtsp://10.0.0.1/cam@2/x"),
    ],
)  # fmt: skip
def test_the_rest_of_an_address_is_told(text: str, said: str) -> None:
    assert redact(text) == said


OLD = "rtsp://admin:ge/heim@10.0.0.1/user=admin_password=geheim_channel=1_stream=0.sdp"


@pytest.mark.parametrize(
    ("new", "kept"),
    [
        (redact(OLD), OLD),
        (redact(OLD).replace("channel=1", "channel=2"), OLD.replace("ge/heim", "ge%2Fheim").replace("channel=1", "channel=2")),
        ("rtsp://u:new@10.0.0.9/x", "rtsp://u:new@10.0.0.9/x"),
        (redact(OLD).replace("10.0.0.1", "10.0.0.9"), None),
        ("rtsp://10.0.0.9/x?password=***", None),
        ("rtsp://***@10.0.0.1/x?token=***", None),
    ],
)  # fmt: skip
def test_what_comes_back_hidden_is_put_in_for_the_same_host_alone(new: str, kept: str | None) -> None:
    assert with_secrets(new, OLD) == kept


@pytest.mark.parametrize(
    "piece",
    [
        "pass",
        "passkey-",
        "key.",
        "%3A%2F%2Fx",
        "%3A%2F%2F%40",
        "a@",
        "@1.1.1.1/:",
        "a/b@1.1.1.1:",
        "token=",
        "x://",
        "_a=",
        ".sdp",
    ],
)
def test_hiding_looks_once_at_each_letter_of_a_long_text(piece: str) -> None:
    """As long as a body may be. Looking again at each piece takes minutes, and the run's own limit ends it."""
    text = "rtsp://u:geheim@10.0.0.1/" + piece * (256_000 // len(piece))
    for said in (redact(text), shown(text), safe_name(text)):
        assert "geheim" not in said


@pytest.mark.parametrize(("text", "said"), [
    ("9rtsp://u:geheim@10.0.0.1/x", "9rtsp://***@10.0.0.1/x"),
    ("no answer of +rtsp://u:geheim@10.0.0.1/x", "no answer of +rtsp://***@10.0.0.1/x"),
    ("a=rtsp%3A%2F%2Fu:geheim%40h%40i b", "a=rtsp%3A%2F%2F***%40i b"),
    ("rtsp%3a%2f%2Fu:geheim%40h %3A%2F%2Fx", "rtsp%3a%2f%2F***%40h %3A%2F%2Fx"),
    ("x://y/?passpass", "x://y/?passpass"),
    ("x://y/?a.passpass-b%3Dgeheim", "x://y/?a.passpass-b%3D***"),
])  # fmt: skip
def test_what_is_hidden_in_a_text_of_others(text: str, said: str) -> None:
    assert redact(text) == said
