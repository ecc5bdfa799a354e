"""What is known of camera makers, in one place: where their streams are, by host and channel; how a sub-stream is called beside a main
stream; by what word a device names its maker. Pure.

Paths are those that makers and integrators publish; a camera's own settings may differ, so each is tried before it is kept.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from lianqin.addresses import Address, split_address
from lianqin.errors import RecordError

PORT: Final = 554


class Maker(msgspec.Struct, frozen=True):
    """`main`, `sub`: paths in which `{channel}` is the channel from 1 on, `{channel:02}` the same with two digits; an empty `sub`: none is
    known. `marks`: words, in small letters, by which its devices name it."""

    id: str
    zh: str
    en: str
    main: str
    sub: str = ""
    marks: tuple[str, ...] = ()
    port: int = PORT


MAKERS: Final[tuple[Maker, ...]] = (
    # Hikvision, RTSP URL format since 2012: /Streaming/Channels/<channel><01 main, 02 sub>
    Maker("hikvision", "海康威视", "Hikvision", "/Streaming/Channels/{channel}01", "/Streaming/Channels/{channel}02",
          ("hikvision", "hik", "ds-2", "海康")),
    # EZVIZ, and Hikvision before 2012: /h264/ch<channel>/<main|sub>/av_stream
    Maker("ezviz", "萤石", "EZVIZ", "/h264/ch{channel}/main/av_stream", "/h264/ch{channel}/sub/av_stream", ("ezviz", "萤石")),
    # Dahua, HTTP API, real-time stream: channel from 1 on, subtype 0 main, 1 sub
    Maker("dahua", "大华", "Dahua", "/cam/realmonitor?channel={channel}&subtype=0", "/cam/realmonitor?channel={channel}&subtype=1",
          ("dahua", "dh-", "ipc-h", "大华", "amcrest", "imou")),
    # Uniview, RTSP preview: /unicast/c<channel>/s<0 main, 1 sub>/live; older cameras /media/video1
    Maker("uniview", "宇视", "Uniview", "/unicast/c{channel}/s0/live", "/unicast/c{channel}/s1/live", ("uniview", "unv", "宇视")),
    # Tiandy, SDK page (tiandy.com): rtsp://ip/n/m, n channel, m 1 main, 2 sub
    Maker("tiandy", "天地伟业", "Tiandy", "/{channel}/1", "/{channel}/2", ("tiandy", "tc-", "天地伟业")),
    # Huawei and Holowits, camera's RTSP page: /LiveMedia/ch<channel>/Media<1 main, 2 sub>
    Maker("huawei", "华为", "Huawei", "/LiveMedia/ch{channel}/Media1", "/LiveMedia/ch{channel}/Media2", ("huawei", "holosens", "holowits", "华为")),
    # Infinova, dome and bullet cameras, unicast
    Maker("infinova", "英飞拓", "Infinova", "/{channel}/h264major", "/{channel}/h264minor", ("infinova", "英飞拓")),
    # TP-Link (VIGI, Tapo), support page "How to view by RTSP": stream1 main, stream2 sub
    Maker("tplink", "普联", "TP-Link", "/stream1", "/stream2", ("tp-link", "tplink", "vigi", "tapo")),
    # Axis, VAPIX video streaming API
    Maker("axis", "安讯士", "Axis", "/axis-media/media.amp?camera={channel}&videocodec=h264",
          "/axis-media/media.amp?camera={channel}&videocodec=h264&resolution=640x360", ("axis",)),
    # Reolink, support page "RTSP URL"
    Maker("reolink", "Reolink", "Reolink", "/h264Preview_{channel:02}_main", "/h264Preview_{channel:02}_sub", ("reolink",)),
    # ONVIF names no path: it is asked for (GetStreamUri). This is what many unnamed cameras answer.
    Maker("onvif", "通用 ONVIF", "Other (ONVIF)", "/onvif1", "/onvif2"),
)  # fmt: skip
_BY_ID: Final = {one.id: one for one in MAKERS}
MOST_CHANNELS: Final = 512


def addresses(maker_id: str, host: str, port: int | None = None, channel: int = 1) -> tuple[str, str | None]:
    """Main and sub-stream at that host, without a login. Raises RecordError `camera.maker`, `camera.address_host`, `camera.address_port`,
    `camera.channel`."""
    maker = _BY_ID.get(maker_id)
    if maker is None:
        raise RecordError("camera.maker", f"no maker {maker_id}", maker=maker_id)
    if not 1 <= channel <= MOST_CHANNELS:
        raise RecordError("camera.channel", f"channel {channel} is not within 1 to {MOST_CHANNELS}", most=MOST_CHANNELS)
    place = Address(host=host.strip("[]"), port=port if port is not None else maker.port).place
    begin = f"rtsp://{place}"
    if port is not None and not 0 < port < 65536:
        raise RecordError("camera.address_port", f"{begin}: a port is 1 to 65535", address=begin)
    found = split_address(begin)
    if found.fault or found.user or found.rest or not host:
        raise RecordError("camera.address_host", f"{begin} names no host", address=begin)
    paths = (one.format(channel=channel) for one in (maker.main, maker.sub))
    main, sub = (begin + path if path else None for path in paths)
    return main or begin, sub


def maker_of(*said: str) -> str:
    """The maker whose mark stands in what a device says of itself, the first text first; `onvif` where none does."""
    for text in said:
        low = text.lower()
        for maker in MAKERS:
            if any(re.search(rf"(?<![a-z0-9]){re.escape(mark)}", low) for mark in maker.marks):
                return maker.id
    return "onvif"


_NAMES: Final[tuple[tuple[str, str], ...]] = (
    (r"(/Streaming/(?:tracks|Channels)/\d+)01\b", r"\g<1>02"),
    (r"\bsubtype=0\b", "subtype=1"),
    (r"/s0/", "/s1/"),
    (r"/video1\b", "/video2"),
    (r"/stream1\b", "/stream2"),
    (r"/stream0\b", "/stream1"),
    (r"(/(?:ch|av)\d+)_0\b", r"\g<1>_1"),
    (r"/onvif1\b", "/onvif2"),
    (r"([Pp]rofile_?)1\b", r"\g<1>2"),
    (r"([Pp]rofile_?)0\b", r"\g<1>1"),
    (r"(MediaProfile0*)0\b", r"\g<1>1"),
    (r"\bmain\b", "sub"),
)  # fmt: skip


def likely(url: str) -> tuple[str, ...]:
    """Where a camera's sub-stream may be, told from its main stream: addresses worth a try, likeliest first; credentials stay as they are.

    By the templates first, then by names: Hikvision numbers channels 101 and 102 or says main and sub, Dahua has
    subtype 0 and 1, Uniview s0 and s1 or video1 and video2, others stream1 and stream2, ch0_0 and ch0_1; ONVIF profiles are mostly
    numbered in that order."""
    address = split_address(url)
    path = address.rest
    begin = url[: len(url) - len(path)]
    found = [one.sub.format(channel=channel) for one, channel in _templates(path)]
    found += [re.sub(name, other, path, flags=re.IGNORECASE if "Streaming" in name else 0) for name, other in _NAMES]
    if "?" not in path:
        found.append(path.rstrip("/") + "/sub")
    return tuple(begin + one for one in dict.fromkeys(found) if one != path)


def _templates(path: str) -> list[tuple[Maker, int]]:
    """Makers whose main stream this path is, and its channel."""
    found = []
    for one in MAKERS:
        shape = (
            re.escape(one.main)
            .replace(re.escape("{channel:02}"), r"(?P<channel>\d{2})")
            .replace(re.escape("{channel}"), r"(?P<channel>\d{1,3})")
        )
        mark = re.fullmatch(shape, path)
        if mark is not None and one.sub:
            found.append((one, int(mark.groupdict().get("channel") or 1)))
    return found
