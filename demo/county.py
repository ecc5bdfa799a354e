"""平安县 城关镇: an invented town around 34.00 N 119.20 E (division code 990101). Tables, and small functions over them."""

from __future__ import annotations

from typing import Any

LonLat = tuple[float, float]
DIVISION = "990101"

STREETS: tuple[tuple[str, str, tuple[LonLat, ...]], ...] = (
    ("学院路", "Xueyuan Road", ((119.1930, 34.0030), (119.2000, 34.0029), (119.2040, 34.0032), (119.2100, 34.0030))),
    ("商业街", "Market Street", ((119.1930, 34.0010), (119.2000, 34.0011), (119.2070, 34.0011), (119.2100, 34.0013))),
    ("湖滨路", "Hubin Road", ((119.1930, 33.9979), (119.1990, 33.9976), (119.2040, 33.9979), (119.2100, 33.9981))),
    ("锦绣巷", "Jinxiu Lane", ((119.2036, 33.9985), (119.2053, 33.9985), (119.2070, 33.9985))),
    ("北环路", "North Ring Road", ((119.1930, 34.0056), (119.2035, 34.0053), (119.2100, 34.0056))),
    ("南环路", "South Ring Road", ((119.1930, 33.9958), (119.2000, 33.9956), (119.2100, 33.9960))),
    ("老城巷", "Old Town Lane", ((119.1968, 34.0056), (119.1969, 34.0010), (119.1966, 33.9958))),
    ("中山路", "Zhongshan Road", ((119.2005, 34.0055), (119.2004, 34.0011), (119.2006, 33.9957))),
    ("南关路", "Nanguan Road", ((119.2036, 34.0054), (119.2037, 34.0011), (119.2035, 33.9957))),
    ("东关路", "Dongguan Road", ((119.2070, 34.0055), (119.2069, 34.0012), (119.2071, 33.9958))),
)

AREAS: tuple[dict[str, Any], ...] = (
    {
        "id": "A1", "name": "学院片区", "name_en": "Xueyuan area", "station_id": "PA-P1", "key_area": False, "mode": "staggered", "risk": "yellow", "needed": 9,
        "polygon": [[119.1996, 34.0021], [119.2096, 34.0021], [119.2096, 34.0059], [119.1996, 34.0059]],
        "checkpoints": [
            {"id": "A1-1", "scan_code": "PA-A1-1", "name": "学院路西口", "name_en": "Xueyuan Road west", "lon": 119.2005, "lat": 34.0030},
            {"id": "A1-2", "scan_code": "PA-A1-2", "name": "南关路口", "name_en": "Nanguan Junction", "lon": 119.2036, "lat": 34.0053},
            {"id": "A1-3", "scan_code": "PA-A1-3", "name": "学院路东口", "name_en": "Xueyuan Road east", "lon": 119.2070, "lat": 34.0031},
            {"id": "A1-4", "scan_code": "PA-A1-4", "name": "灯杆十二号", "name_en": "Lamp-post 12", "lon": 119.2037, "lat": 34.0031},
        ],
    },
    {
        "id": "A2", "name": "商业街片区", "name_en": "Market Street area", "station_id": "PA-P1", "key_area": True, "mode": "key", "risk": "red", "needed": 14,
        "polygon": [[119.1996, 33.9983], [119.2096, 33.9983], [119.2096, 34.0021], [119.1996, 34.0021]],
        "checkpoints": [
            {"id": "A2-1", "scan_code": "PA-A2-1", "name": "商业街西口", "name_en": "Market Street west", "lon": 119.2004, "lat": 34.0011},
            {"id": "A2-2", "scan_code": "PA-A2-2", "name": "商业街中段", "name_en": "Market Street middle", "lon": 119.2037, "lat": 34.0011},
            {"id": "A2-3", "scan_code": "PA-A2-3", "name": "商业街东口", "name_en": "Market Street east", "lon": 119.2069, "lat": 34.0012},
            {"id": "A2-4", "scan_code": "PA-A2-4", "name": "锦绣小区后门", "name_en": "Jinxiu Estate back door", "lon": 119.2053, "lat": 33.9985},
        ],
    },
    {
        "id": "A3", "name": "老城湖滨片区", "name_en": "Old Town and lakeside", "station_id": "PA-P2", "key_area": True, "mode": "four_colour", "risk": "orange", "needed": 11,
        "polygon": [[119.1936, 33.9952], [119.2060, 33.9952], [119.2060, 33.9983], [119.1996, 33.9983],
                    [119.1996, 34.0059], [119.1936, 34.0059]],
        "checkpoints": [
            {"id": "A3-1", "scan_code": "PA-A3-1", "name": "老城北巷", "name_en": "Old Town North Lane", "lon": 119.1968, "lat": 34.0035},
            {"id": "A3-2", "scan_code": "PA-A3-2", "name": "老城南巷", "name_en": "Old Town South Lane", "lon": 119.1967, "lat": 33.9980},
            {"id": "A3-3", "scan_code": "PA-A3-3", "name": "湖滨路停车场", "name_en": "Hubin Road car park", "lon": 119.2010, "lat": 33.9977},
            {"id": "A3-4", "scan_code": "PA-A3-4", "name": "湖滨公园", "name_en": "Hubin Park", "lon": 119.1985, "lat": 33.9970},
        ],
    },
)  # fmt: skip

POSTS: tuple[dict[str, Any], ...] = (
    {
        "id": "P1",
        "area_id": "A2",
        "name": "商业街东口岗",
        "name_en": "Market Street east post",
        "lon": 119.2069,
        "lat": 34.0012,
        "scan_code": "PA-P1",
        "needed": 2,
    },
    {
        "id": "P2",
        "area_id": "A1",
        "name": "医院门口联勤工作站",
        "name_en": "Hospital gate joint station",
        "lon": 119.2070,
        "lat": 34.0031,
        "kind": "joint_station",
        "scan_code": "PA-P2",
        "needed": 2,
        "unit_ids": ["U1", "U4"],
    },
)

ORGANISATIONS: tuple[dict[str, Any], ...] = (
    {"id": "PA", "kind": "county", "name": "平安县公安局", "name_en": "Ping'an County", "code": DIVISION},
    {"id": "PA-01", "kind": "town", "parent_id": "PA", "name": "城关镇", "name_en": "Chengguan", "code": DIVISION + "100"},
    {"id": "PA-P1", "kind": "station", "parent_id": "PA-01", "name": "城关派出所", "name_en": "Chengguan Police Station"},
    {"id": "PA-P2", "kind": "station", "parent_id": "PA-01", "name": "湖滨派出所", "name_en": "Hubin Police Station"},
)  # fmt: skip

TEAMS: tuple[dict[str, Any], ...] = (
    {"id": "T1", "unit_id": "U1", "name": "平安一班", "name_en": "Ping'an first team", "strength": 12, "lead_guard_id": "G01"},
    {"id": "T2", "unit_id": "U2", "name": "盾牌一班", "name_en": "Shield first team", "strength": 12, "lead_guard_id": "G06"},
    {"id": "T9", "unit_id": "U1", "kind": "reserve", "name": "县应急队伍", "name_en": "County reserve", "strength": 50},
)  # fmt: skip
_TEAM_OF = {"U1": "T1", "U2": "T2"}

UNITS: tuple[dict[str, Any], ...] = (
    {"id": "U1", "kind": "security_company", "name": "平安保安", "name_en": "Ping'an Security", "station_id": "PA-P1"},
    {"id": "U2", "kind": "security_company", "name": "盾牌保安", "name_en": "Shield Security", "station_id": "PA-P1"},
    {
        "id": "U3", "kind": "property", "name": "锦绣物业", "name_en": "Jinxiu Property", "station_id": "PA-P2",
        "service_area": [[119.2040, 33.9980], [119.2068, 33.9980], [119.2068, 34.0000], [119.2040, 34.0000]],
    },
    {
        "id": "U4", "kind": "self_hired", "name": "县人民医院保卫科", "name_en": "County Hospital security", "station_id": "PA-P1",
        "service_area": [[119.2040, 34.0024], [119.2092, 34.0024], [119.2092, 34.0050], [119.2040, 34.0050]],
    },
)  # fmt: skip

_NAMES = (
    "孙建国", "何伟", "周志强", "吴勇", "郑海", "王立新", "冯刚", "陈国庆", "褚斌", "卫东", "蒋明", "沈涛", "韩磊", "杨树林",
    "朱宏", "秦玉柱", "尤亮", "许大勇", "吕鹏", "施俊", "张春生", "孔祥飞", "曹阳", "严松", "华强", "金虎", "魏民", "陶然",
    "姜山", "戚军", "谢永平", "邹凯", "柏青", "水生", "窦文", "章程", "云飞", "苏航", "潘石", "葛兵", "范备",
)  # fmt: skip
_POSTS = (
    "U1 A1", "U1 A1", "U1 A2", "U1 A2", "U1 A3", "U2 A1", "U2 A2", "U2 A3", "U2 A3", "U2 A2", "U3 A2", "U3 A2", "U1 A1",
    "U1 A2", "U1 A2", "U1 A3", "U2 A1", "U2 A2", "U2 A3", "U1 A1", "U1 A2", "U2 A3", "U2 A1", "U2 A2", "U4 A1", "U4 A1",
    "U4 A1", "U4 A1", "U1 A1", "U1 A2", "U1 A3", "U1 A3", "U2 A1", "U2 A2", "U2 A3", "U2 A3", "U1 A2", "U1 A3", "U2 A1",
    "U2 A2", "U1 A2",
)  # fmt: skip

_RESERVE = frozenset({20, 21, 37, 38, 41})
"""Serve in the county's reserve beside their beats."""
WITHOUT_PHONE = "G41"
"""Nobody plays him: he waits for a phone of one's own."""

GUARDS: tuple[dict[str, Any], ...] = tuple(
    {
        "id": f"G{number:02d}", "name": name, "unit_id": post.split()[0], "default_area_id": post.split()[1],
        "cert_no": f"{DIVISION}-2024-{number:04d}", "cert_valid_until": "2029-12-31", "notice_signed": True,
        "team_id": "T9" if number in _RESERVE else _TEAM_OF.get(post.split()[0]),
    }
    for number, (name, post) in enumerate(zip(_NAMES, _POSTS, strict=True), 1)
)  # fmt: skip


def grids_geojson() -> dict[str, Any]:
    """Twelve grids in three rows that tile the town, under two police grids."""
    west, south, east, north = 119.1936, 33.9952, 119.2096, 34.0059
    wide, high = (east - west) / 4, (north - south) / 3

    def feature(column: float, row: float, width: float, height: float, told: dict[str, Any]) -> dict[str, Any]:
        x, y = west + column * wide, south + row * high
        right, top = x + width * wide, y + height * high
        ring = [[round(lon, 7), round(lat, 7)] for lon, lat in ((x, y), (right, y), (right, top), (x, top), (x, y))]
        return {"type": "Feature", "properties": told, "geometry": {"type": "Polygon", "coordinates": [ring]}}

    features = [
        feature(n % 4, n // 4, 1, 1, {"code": f"{DIVISION}100001{n + 1:03d}", "kind": "urban", "name": f"城关{n + 1:02d}网格",
                                      "name_en": f"Chengguan grid {n + 1}", "police_code": f"{DIVISION}J0{1 + n % 4 // 2}"})
        for n in range(12)
    ]  # fmt: skip
    police = [feature(2 * n, 0, 2, 3, {"code": f"{DIVISION}J0{n + 1}", "kind": "police", "name": name, "name_en": name_en})
              for n, (name, name_en) in enumerate((("西警格", "West police grid"), ("东警格", "East police grid")))]  # fmt: skip
    return {"type": "FeatureCollection", "features": features + police}


def streets_geojson() -> dict[str, Any]:
    """The streets as a GeoJSON feature collection, for the map."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"name": name, "name_en": name_en},
                "geometry": {"type": "LineString", "coordinates": [list(point) for point in line]},
            }
            for name, name_en, line in STREETS
        ],
    }
