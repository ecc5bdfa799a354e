"""One word for one thing, wherever a person reads: screens, messages, rules, sheets and documents. `docs/glossary.md` has the list."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from console.duty.month import HEADINGS
from console.http.messages import MESSAGES, TITLES
from console.http.words import flat
from patrol.county.columns import COLUMNS

ROOT: Final = Path(__file__).resolve().parents[2]
WEB: Final = ROOT / "console" / "web" / "src"
LOCALES: Final = WEB / "locales"


class Old(msgspec.Struct, frozen=True):
    """A pattern that no text may hold; `but`: what may stand in its place for a reason, cut out before the look."""

    pattern: str
    use: str
    but: Mapping[str, str] = {}


CHINESE: Final = (
    Old("下岗|下班|结束班次", "收班"),
    Old("上班", "开班"),
    Old("派遣", "派单 (verb), 任务 (noun)", {"受理派遣": "the name of the second of the six steps"}),
    Old("冲销", "撤回原分"),
    Old("岗位码", "点位码 at a post, 核验码 on a guard's screen"),
    Old("检查码", "核验码"),
    Old("不符", "待复核, 已确认, 已撤销", {"不符合": "another word: does not fulfil"}),
    Old("总分", "满分"),
    Old("正在发送|有信号时自动", "已记下，有信号自动发"),
    Old("相机|摄像机|镜头|探头", "摄像头"),
    Old("(?<!有效)监看率", "有效监看率"),
    Old("失明|盲区", "监控失效"),
    Old("警报|预警", "告警"),
    Old("(立|升级|生成|登记)为?事件|立案", "转为事件"),
    Old("副席|二席|第二席", "副班"),
    Old("(没有|无)(分析|工作)进程", "分析服务未接入"),
    Old(
        "(逾期|超期|过期)(未巡)?",
        "超时未巡",
        {"定位过期": "a fix that is old", "已过期": "a code, a link or a step that is over"},
    ),
    Old("平均(空闲|空档)", "平均未巡时长"),
    Old("居民活动|(本地|附近)居民", "居民正常活动"),
    Old("光线变化|阴影", "光影变化"),
    Old("(被)?隔离(的)?(消息|数据|定位|区)|不可用(的)?(消息|数据|定位)", "异常定位数据"),
)
ENGLISH: Final = (
    Old(r"\bdispatch(es|ed)?\b", "task"),
    Old(r"\bshift code", "check code"),
    Old(r"\bpost code", "point code"),
    Old(r"\bcontradicted\b", "waiting for review, confirmed, withdrawn"),
    Old(r"\breversal\b", "points taken back"),
    Old(r"\bfull (score|points)\b", "full marks"),
    Old(r"\bclose[sd]? (the |this |a )?shift\b|\bshift (is |was )?closed\b", "end a shift"),
)
SECONDS: Final = {"zh-CN": r"(?<!分 )\} 秒|\d ?秒|（秒）|^秒", "en": r"\} s\b|\d ?s\b|(?<=\s)\(s\)|\bseconds\b"}
MAY_SAY_SECONDS: Final = {
    "time.seconds": "said aloud: from a minute on it says minutes",
    "time.minutes_seconds": "said aloud, below ten minutes",
    "word.seconds": "a camera's clock error, in tenths of a second",
    "desk.captured": "a picture's delay, in tenths of a second",
    "desk.delay": "a picture's delay, in tenths of a second",
    "step.alert.received": "a picture's delay, in tenths of a second",
    "desk.lacks_before": "what a clip of some seconds lacks",
    "desk.lacks_within": "what a clip of some seconds lacks",
    "desk.lacks_after": "what a clip of some seconds lacks",
    "field.speed_mps": "metres a second: a unit of speed",
    "cameras.rate": "pictures a second",
    "cameras.group_far": "the distance of key frames",
    "camera_form.group": "the distance of key frames",
    "camera_form.advice.group_long": "the distance of key frames",
    "camera_form.advice.fps_low": "pictures a second",
    "zone_form.seconds": "a rule's parameter, set to a few seconds",
    "audit_field.before_s": "a device's clock error, as the administrator set it",
    "audit_field.off_s": "a device's clock error, as the administrator set it",
    "mine.report.recording": "what is left of half a minute",
    "sos.own.hold_hint": "how long the button is held",
}
HEADS_MAY_SAY_SECONDS: Final = {"时钟误差（秒）": "a camera's clock error, in tenths of a second"}


def faults(text: str, olds: tuple[Old, ...]) -> list[str]:
    found = []
    for old in olds:
        rest = text
        for kept in old.but:
            rest = rest.replace(kept, "")
        found += [f"{hit.group()} -> {old.use}" for hit in re.finditer(old.pattern, rest, re.IGNORECASE)]
    return found


def spoken(language: str) -> dict[str, str]:
    """The page's texts by key."""
    found: dict[str, str] = {}
    for file in sorted((LOCALES / language).glob("*.json")):
        for group, tree in json.loads(file.read_text(encoding="utf-8")).items():
            found |= flat(tree, group)
    return found


def strings(file: Path) -> Iterator[str]:
    """Every string of a source, docstrings too."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def sources(*rooms: str) -> list[Path]:
    return [
        file
        for room in rooms
        for file in sorted((ROOT / room).rglob("*.py"))
        if not {"web", "versions"} & {*file.parts}
    ]


def rules() -> list[tuple[str, str]]:
    """The names in the rules' files, Chinese and English."""
    found = []
    for file in sorted((ROOT / "patrol" / "rules").glob("*.toml")):
        for line in tomllib.loads(file.read_text(encoding="utf-8")).get("lines", []):
            found.append((line["name"], line["name_en"]))
    return found


def documents() -> list[Path]:
    top = [file for file in ROOT.glob("*.md") if file.name != "CHANGELOG.md"]  # the log tells of what was
    rooms = [file for file in ROOT.glob("*/**/README.md") if not {"node_modules", ".venv", ".cache"} & {*file.parts}]
    return sorted({*top, *rooms, *(ROOT / "docs").rglob("*.md")})


def without_not(text: str) -> str:
    """A document without what it names under the head `Not`, which is where a word that isn't said may stand."""
    kept, column = [], None
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            column = None
        elif "Not" in cells:
            column = cells.index("Not")
        kept.append(" | ".join(cell for n, cell in enumerate(cells) if n != column) if cells else line)
    return "\n".join(kept)


def told(found: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {where: faults for where, faults in found.items() if faults}


@pytest.mark.parametrize(("language", "olds"), [("zh-CN", CHINESE), ("en", ENGLISH)])
def test_no_text_of_the_page_says_an_old_word(language: str, olds: tuple[Old, ...]) -> None:
    texts = spoken(language)
    assert len(texts) > 1000
    assert told({key: faults(text, olds) for key, text in texts.items()}) == {}


SAID: Final = (
    "有效监看率", "监控失效", "摄像头", "提醒", "派单", "转为事件", "副班", "分析服务未接入", "超时未巡", "平均未巡时长", "居民正常活动", "光影变化", "异常定位数据",
)  # fmt: skip


@pytest.mark.parametrize("word", SAID)
def test_the_page_says_the_word_that_the_station_knows(word: str) -> None:
    assert any(word in text for text in spoken("zh-CN").values())


def test_no_message_says_an_old_word() -> None:
    messages = {**MESSAGES, **{str(status): title for status, title in TITLES.items()}}
    assert told({key: faults(one.zh, CHINESE) + faults(one.en, ENGLISH) for key, one in messages.items()}) == {}


def test_no_rule_and_no_head_of_a_sheet_says_an_old_word() -> None:
    both = [*rules(), *HEADINGS.values(), *((one.zh, one.en) for columns in COLUMNS.values() for one in columns)]
    assert len(rules()) >= 4
    assert told({zh: faults(zh, CHINESE) + faults(en, ENGLISH) for zh, en in both}) == {}


def test_no_source_writes_an_old_word() -> None:
    files = sources("console", "patrol", "lianqin", "ingest", "detect", "demo")
    assert len(files) > 100
    found = {str(file.relative_to(ROOT)): faults("\n".join(strings(file)), CHINESE) for file in files}
    for file in (ROOT / "patrol" / "rules").glob("*.toml"):
        found[file.name] = faults(file.read_text(encoding="utf-8"), CHINESE)
    assert told(found) == {}


def test_no_page_writes_an_old_word_or_any_text_of_its_own() -> None:
    files = sorted([*WEB.rglob("*.vue"), *WEB.rglob("*.ts")])
    assert len(files) > 100
    texts = {str(file.relative_to(WEB)): file.read_text(encoding="utf-8") for file in files}
    assert told({name: faults(text, CHINESE) for name, text in texts.items()}) == {}
    # What is read stands in the locale files, which the tests above hold.
    assert [name for name, text in texts.items() if re.search(r"[一-鿿]", text)] == []


def test_no_document_says_an_old_word_but_in_the_column_of_what_is_not_said() -> None:
    names = {file.relative_to(ROOT).as_posix() for file in documents()}
    assert {"README.md", "docs/glossary.md", "docs/api.md", "patrol/README.md", "console/README.md"} <= names
    found = {
        str(file.relative_to(ROOT)): faults(without_not(file.read_text(encoding="utf-8")), CHINESE)
        for file in documents()
    }
    assert told(found) == {}


def test_a_length_of_time_is_not_said_in_seconds() -> None:
    found = {}
    for language, pattern in SECONDS.items():
        texts = spoken(language)
        assert set(MAY_SAY_SECONDS) <= set(texts)
        found[language] = sorted(
            key for key, text in texts.items() if re.search(pattern, text) and key not in MAY_SAY_SECONDS
        )
        said = ((key, one.zh if language == "zh-CN" else one.en) for key, one in MESSAGES.items())
        found[language] += [key for key, text in said if re.search(pattern, text)]
    assert found == {"zh-CN": [], "en": []}
    heads = {text for file in sources("console") for text in strings(file) if "（秒）" in text}
    assert heads - set(HEADS_MAY_SAY_SECONDS) == set()


@pytest.mark.parametrize(
    ("text", "olds", "found"),
    [
        ("受理派遣", CHINESE, False), ("取消派遣", CHINESE, True), ("受理派遣后派遣", CHINESE, True), ("编码不符合规定", CHINESE, False),
        ("点调不符 3 次", CHINESE, True), ("22:00 下岗", CHINESE, True), ("请允许使用相机", CHINESE, True), ("监看率 98%", CHINESE, True), ("有效监看率 98%", CHINESE, False),
        ("超期", CHINESE, True), ("逾期 3 格", CHINESE, True), ("定位过期", CHINESE, False), ("绑定码已过期", CHINESE, False), ("超时未巡", CHINESE, False),
        ("不可用消息到期清除", CHINESE, True), ("不可用的消息", CHINESE, True), ("数据库暂时不可用，数据不会丢失", CHINESE, False),
        ("立案时间", CHINESE, True), ("转为事件", CHINESE, False), ("本地居民", CHINESE, True), ("居民正常活动", CHINESE, False), ("撤回原分", CHINESE, False), ("扫岗位码开班", CHINESE, True),
        ("The Shift code", ENGLISH, True), ("Dispatches out", ENGLISH, True), ("Full marks", ENGLISH, False), ("Shift closed", ENGLISH, True),
    ],
)  # fmt: skip
def test_the_look_finds_old_words_and_lets_others_be(text: str, olds: tuple[Old, ...], found: bool) -> None:
    assert bool(faults(text, olds)) is found


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [("zh-CN", "还有 {n} 秒", True), ("zh-CN", "迟到（秒）", True), ("zh-CN", "1 分钟内", False), ("zh-CN", "还剩 {time}", False),
     ("en", "{n} s left", True), ("en", "within 60 s", True), ("en", "{name}'s phone", False), ("en", "b second desk", False), ("en", "{n} mask(s)", False), ("en", "Late by (s)", True)],
)  # fmt: skip
def test_the_look_finds_seconds(language: str, text: str, found: bool) -> None:
    assert bool(re.search(SECONDS[language], text)) is found


def test_the_glossary_may_name_what_is_not_said_in_its_last_column_alone() -> None:
    table = "| Chinese | Not |\n|---|---|\n| 收班 | 下岗 |\n\n下岗"
    assert faults(without_not(table), CHINESE) == ["下岗 -> 收班"]


# --- the guard's phone ---

COORDINATES: Final = re.compile(r"WGS|GCJ|BD-?09|火星|坐标|datum|coordinate", re.IGNORECASE)


def parts_of_the_phone() -> list[Path]:
    """The guard's page and every part that it opens, as they import one another."""
    found: dict[Path, None] = {}
    ahead = [WEB / "phone" / "GuardView.vue"]
    while ahead:
        file = ahead.pop()
        if file in found:
            continue
        found[file] = None
        for named in re.findall(r"(?:from|import\()\s*\"([@.]/[^\"]+)\"", file.read_text(encoding="utf-8")):
            base = WEB / named[2:] if named.startswith("@/") else file.parent / named
            ahead += [one for one in (base, base.with_suffix(".ts"), base.parent / f"{base.name}.ts") if one.is_file()][
                :1
            ]
    return list(found)


def words_of(parts: list[Path], language: str) -> dict[str, str]:
    """The texts whose keys, or the groups of keys, stand in these parts."""
    texts, used = spoken(language), set[str]()
    for file in parts:
        source = file.read_text(encoding="utf-8")
        used |= set(re.findall(r"\bt\(\s*[\"'`]([\w.-]+)", source)) | set(
            re.findall(r"\bword\(\s*[\"']([\w.-]+)", source)
        )
        used |= {one for one in re.findall(r"[\"']([a-z_]+\.[\w.-]+)[\"']", source) if one in texts}
    return {
        key: text
        for key, text in texts.items()
        if any(key == one or key.startswith(f"{one.rstrip('.')}.") for one in used)
    }


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_guards_phone_says_no_word_of_coordinate_systems_and_no_kind_of_doubt(language: str) -> None:
    parts = parts_of_the_phone()
    names = {file.name for file in parts}
    assert {
        "GuardView.vue",
        "TrailPage.vue",
        "CallCard.vue",
        "ChecksPage.vue",
        "LineEvidence.vue",
        "SosHold.vue",
    } <= names
    assert "DoubtList.vue" not in names
    words = words_of(parts, language)
    assert {"m.drifted", "m.answer_kept", "duty.code", "verdict_reason.no_answer"} <= set(words)
    assert {
        key: text for key, text in words.items() if COORDINATES.search(text) or key.startswith(("doubt.", "doubt_why."))
    } == {}


def test_what_a_guard_pressed_without_signal_and_a_doubt_are_said_in_the_words_agreed() -> None:
    texts: dict[str, Any] = spoken("zh-CN")
    assert texts["m.answer_kept"] == texts["m.kept"] == "已记下，有信号自动发"
    assert texts["m.drifted"] == "手机定位飘了，不算您的错"
