"""The demo's cameras: their places on the map of 平安县, their streams and the zones drawn on their pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from lianqin.records import Schedule, Zone


@dataclass(frozen=True, slots=True)
class DemoCamera:
    """One row of the street. `bearing` in degrees from north, `fov` in degrees, `range_m` in metres."""

    id: str
    code: str
    name: str
    name_en: str
    lon: float
    lat: float
    bearing: float
    fov: float
    range_m: float
    area_id: str
    zones: tuple[Zone, ...]
    zone_names_en: tuple[str, ...]
    transport: Literal["tcp", "udp"] = "tcp"
    user: str = ""
    password: str = ""

    def url(self, port: int, stream: str = "main") -> str:
        credentials = f"{self.user}:{self.password}@" if self.user else ""
        return f"rtsp://{credentials}127.0.0.1:{port}/{self.id}" + ("" if stream == "main" else f"/{stream}")

    def row(self, port: int) -> dict[str, Any]:
        """As the import of cameras takes it."""
        zones = [
            {"name_en": name_en, **msgspec.to_builtins({name: getattr(zone, name) for name in zone.__struct_fields__})}
            for zone, name_en in zip(self.zones, self.zone_names_en, strict=True)
        ]
        return {
            "id": self.id, "code": self.code, "name": self.name, "name_en": self.name_en, "url": self.url(port),
            "sub_url": self.url(port, "sub"), "transport": self.transport, "lon": self.lon, "lat": self.lat,
            "bearing": self.bearing, "fov": self.fov, "range_m": self.range_m, "area_id": self.area_id, "zones": zones,
        }  # fmt: skip


def _code(number: int) -> str:
    """20 digits of GB/T 28181: centre 99010100, industry 00, type 132 (IP camera), network 0, serial."""
    return f"99010100001320{number:06d}"


def _zone(zone_id: str, name: str, situation: Any, points: tuple[tuple[float, float], ...], **more: Any) -> Zone:
    return Zone(id=zone_id, name=name, situation=situation, points=points, **more)


NIGHT = (Schedule(22 * 60, 6 * 60),)
EVERYWHERE = ((0.02, 0.02), (0.98, 0.02), (0.98, 0.98), (0.02, 0.98))

CAMERAS: tuple[DemoCamera, ...] = (
    DemoCamera(
        "C01", _code(1), "学院路中段", "Xueyuan Road, middle", 119.2022, 34.0031, 75, 62, 70, "A1",
        (
            _zone("C01-gate", "东侧车道禁入", "intrusion", ((0.62, 0.24), (0.99, 0.24), (0.99, 0.62), (0.62, 0.5)), priority=2),
        ),
        ("East lane, no entry",),
    ),
    DemoCamera(
        "C02", _code(2), "商业街东口", "Market Street, east end", 119.2068, 34.0012, 300, 55, 60, "A2",
        (_zone("C02-crowd", "路口聚集", "density", EVERYWHERE, people=3, seconds=5),),
        ("Crowd at the junction",), user="admin", password="ping@an-1",  # noqa: S106 - of a camera that does not exist
    ),
    DemoCamera(
        "C03", _code(3), "湖滨路停车场", "Hubin Road car park", 119.2011, 33.9978, 190, 62, 70, "A3",
        (
            _zone("C03-stay", "停车场徘徊", "loitering", ((0.02, 0.2), (0.75, 0.2), (0.75, 0.7), (0.02, 0.7)), seconds=20),
        ),
        ("Loitering in the car park",), transport="udp",
    ),
    DemoCamera(
        "C04", _code(4), "老城北巷", "Old Town North Lane", 119.1968, 34.0034, 20, 50, 45, "A3",
        (_zone("C04-night", "夜间禁入区", "intrusion", ((0.25, 0.2), (0.98, 0.2), (0.98, 0.9), (0.25, 0.7)), priority=1, key_area=True, schedules=NIGHT),),
        ("No entry at night",),
    ),
    DemoCamera(
        "C05", _code(5), "锦绣小区后门", "Jinxiu Estate back door", 119.2052, 33.9984, 250, 48, 25, "A2",
        (_zone("C05-door", "后门", "intrusion", ((0.02, 0.35), (0.6, 0.35), (0.6, 0.98), (0.02, 0.98)), priority=2),),
        ("Back door",),
    ),
    DemoCamera(
        "C06", _code(6), "湖滨公园", "Hubin Park", 119.1984, 33.9969, 140, 65, 40, "A3",
        (_zone("C06-lawn", "草坪", "intrusion", EVERYWHERE),),
        ("Lawn",),
    ),
    DemoCamera(
        "C07", _code(7), "南关路口", "Nanguan Junction", 119.2035, 34.0052, 10, 58, 60, "A1",
        (_zone("C07-cars", "非机动车道来车", "intrusion", ((0.0, 0.45), (0.6, 0.45), (0.6, 1.0), (0.0, 1.0)), labels=("car", "truck", "bus"), priority=3),),
        ("Car in the cycle lane",),
    ),
    DemoCamera(
        "C08", _code(8), "东关路医院侧门", "Dongguan Road, hospital side gate", 119.2071, 34.0044, 345, 40, 60, "A1",
        (
            _zone("C08-parked", "消防通道占用", "intrusion", ((0.66, 0.3), (0.9, 0.22), (0.9, 0.5), (0.66, 0.56)), labels=("car", "truck", "bus"), seconds=20, priority=2),
            _zone("C08-road", "侧门车道禁入", "intrusion", ((0.36, 0.82), (0.72, 0.62), (0.98, 0.6), (0.9, 0.93), (0.36, 0.93)), priority=2),
            _zone("C08-line", "侧门线", "line_crossing", ((0.64, 0.93), (0.64, 0.66)), priority=2),
        ),
        ("Fire lane blocked", "Side gate road, no entry", "Side gate line"),
    ),
    DemoCamera(
        "C09", _code(9), "湖滨仓库后场", "Lakeside warehouse yard", 119.2032, 33.9969, 200, 62, 60, "A3",
        (_zone("C09-yard", "后场禁入", "intrusion", ((0.02, 0.2), (0.62, 0.16), (0.62, 0.8), (0.02, 0.42)), priority=1, key_area=True),),
        ("Yard, no entry",),
    ),
)  # fmt: skip
