"""What each field of a form and of an address is called, for who reads that it is wrong. A test holds this beside every route."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from console.http.messages import Language, Message, detail_of, joined

M = Message

FIELDS: Final[Mapping[str, M]] = {
    "accept": M("接受", "accepted"), "account_id": M("账号", "account"), "accuracy_m": M("定位精度", "accuracy"), "act_id": M("操作", "act"),
    "after": M("起点", "begin"), "age_s": M("时长", "age"), "agrees": M("是否属实", "agreement"), "alert_id": M("告警", "alert"),
    "alert_ids": M("告警", "alerts"), "answered_at": M("应答时间", "time of the answer"), "area_id": M("区域", "area"), "at": M("时间", "time"),
    "begins_at": M("开始时间", "begin"), "break_kind": M("离岗类别", "kind of break"), "calendar_id": M("日历", "calendar"), "call_id": M("点调", "point call"),
    "camera_id": M("摄像头", "camera"), "cancel_calls": M("取消任务", "cancelling of tasks"), "case_ref": M("案件编号", "case number"),
    "cell": M("格", "cell"), "check_id": M("抽查", "check"), "chosen_by": M("选择方式", "way of choosing"), "claimed_at": M("自报时间", "time claimed"),
    "clear": M("是否清除", "clearing"), "code": M("编码", "code"), "confirm": M("确认", "confirmation"), "contact": M("联系方式", "contact"),
    "coord_sys": M("坐标系", "coordinate system"), "counts": M("是否计入", "counting"), "cursor": M("翻页标记", "cursor"),
    "cut_at": M("截止时间", "time of the cut"), "day": M("日期", "day"), "days": M("星期", "weekdays"), "decision": M("决定", "decision"),
    "device_id": M("设备", "device"), "dispatch_id": M("任务", "task"), "draw_id": M("抽取", "draw"), "dry_run": M("试运行", "dry run"),
    "enabled": M("是否启用", "being enabled"), "ends_at": M("结束时间", "end"), "entry_id": M("排班", "roster entry"), "escalation_id": M("升级", "escalation"),
    "exception": M("例外", "exception"), "first": M("第一天", "first day"), "form": M("格式", "form"), "from": M("开始", "begin"),
    "from_at": M("开始时间", "begin"), "from_minute": M("开始时刻", "begin of the day"), "guard_id": M("保安员", "guard"), "guard_ids": M("保安员", "guards"),
    "hand_over_id": M("交接", "hand-over"), "heard": M("是否听到", "being heard"), "hidden": M("页面是否隐藏", "page out of sight"), "hours": M("时段", "hours"),
    "how": M("方式", "way"), "id": M("编号", "id"), "incident_id": M("事件", "incident"), "items": M("条目", "items"), "kind": M("类别", "kind"),
    "last": M("最后一天", "last day"), "lat": M("纬度", "latitude"), "least_height": M("最小高度", "least height"), "letter_id": M("未处理消息", "dead letter"),
    "limit": M("条数", "number of rows"), "line": M("得分项", "line"), "link": M("链接", "link"), "lon": M("经度", "longitude"), "look_id": M("查看", "look"),
    "masks": M("遮挡", "masks"), "means": M("提醒方式", "means"), "method": M("方法", "method"), "minutes": M("分钟数", "minutes"), "month": M("月份", "month"),
    "name": M("名称", "name"), "name_en": M("英文名称", "English name"), "new": M("新密码", "new password"), "new_password": M("新密码", "new password"),
    "note": M("备注", "note"), "number": M("号码", "number"), "of": M("所属", "whose"), "off_s": M("时钟偏差", "clock error"), "old": M("原密码", "old password"),
    "order": M("顺序", "order"), "other_entry_id": M("另一排班", "other roster entry"), "other_guard_id": M("另一保安员", "other guard"),
    "outcome": M("结果", "outcome"), "page": M("页面", "page"), "password": M("密码", "password"), "path": M("路径", "path"),
    "pattern_id": M("班次模板", "shift template"), "phone_id": M("手机", "phone"), "points": M("顶点", "corners"), "post_id": M("岗位", "post"),
    "promised": M("承诺", "promise"), "purpose": M("用途", "purpose"), "q": M("查找内容", "search"), "query": M("查询条件", "filter"), "reason": M("原因", "reason"),
    "report_id": M("上报", "report"), "request_id": M("申请", "request"), "reset_id": M("重置申请", "reset"), "result": M("结果", "result"),
    "rings": M("提醒记录", "rings"), "row_id": M("条目", "row"), "session_id": M("会话", "session"), "shelf_id": M("搁置", "shelf"), "shift_id": M("班次", "shift"),
    "since_s": M("时长", "time since"), "sits": M("是否在席", "being at the seat"), "situation": M("情形", "situation"), "size": M("人数", "size"),
    "sort": M("排序", "sorting"), "state": M("状态", "state"), "stream": M("码流", "stream"), "stuck_id": M("停滞任务", "stuck task"),
    "template": M("模板", "template"), "terminal_no": M("终端号", "terminal number"), "text": M("文字", "text"), "to_at": M("结束时间", "end"),
    "to_guard_id": M("接班保安员", "guard who takes over"), "to_minute": M("结束时刻", "end of the day"), "transport": M("传输方式", "transport"),
    "under": M("上级", "parent"), "unit_id": M("单位", "unit"), "url": M("地址", "address"), "username": M("账号", "account"), "view_id": M("视图", "view"),
    "viewer_id": M("观看者", "viewer"), "wall_since_s": M("时长", "time since"), "weekdays": M("星期", "weekdays"), "why": M("原因", "reason"),
    "word": M("词", "word"), "words": M("搜索词", "words"), "worker": M("工作进程", "worker"), "zone_id": M("防区", "zone"),
    "alone": M("单人前往的原因", "why he goes alone"), "beside": M("同行的保安员", "the guard beside him"), "bulk_id": M("批量更改", "bulk change"),
    "canary_id": M("探测画面", "canary"), "changes": M("更改内容", "changes"), "channel": M("通道", "channel"), "drawn": M("显示记录", "what was drawn"),
    "drawn_ms": M("显示用时", "time until it was drawn"), "due_at": M("承诺时间", "time promised"), "filter": M("筛选条件", "filter"), "host": M("主机地址", "host"),
    "ids": M("编号", "ids"), "keep_days": M("保存天数", "days kept"), "maker": M("厂商", "maker"), "prefix": M("编号前缀", "prefix"), "priority": M("优先级", "priority"),
    "promise_id": M("承诺", "promise"), "pushed_at": M("推送时间", "time of the push"), "sampling": M("分析方式", "sampling"), "sha256": M("校验值", "digest"),
    "station_id": M("派出所", "station"), "told_ms": M("上报用时", "time until it was told"), "user": M("用户名", "user name"), "what": M("内容", "what"),
    "bearing": M("朝向", "bearing"), "fov": M("视场角", "angle of view"), "range_m": M("可视距离", "range"), "sub_url": M("子码流地址", "sub-stream's address"),
    "zones": M("防区", "zones"), "version": M("版本", "version"), "labels": M("目标", "objects"), "seconds": M("持续时间", "duration"),
    "people": M("人数", "number of people"), "both_ways": M("双向", "both ways"), "key_area": M("重点区域", "key area"), "schedules": M("布防时段", "schedules"),
    "on_calendars": M("布防日历", "calendars of its days"), "off_calendars": M("不布防日历", "calendars of days off"), "on_days": M("布防日", "its days"),
    "off_days": M("不布防日", "days off"), "instruction": M("处置要求", "instruction"), "role": M("角色", "role"), "disabled": M("是否停用", "being disabled"),
    "dates": M("日期", "dates"), "begins_min": M("开始时间", "begin"), "ends_min": M("结束时间", "end"), "break_minutes": M("休息时长", "length of the breaks"),
    "parent_id": M("上级", "parent"), "phone": M("电话", "telephone"), "service_area": M("服务区域", "service area"), "strength": M("编制人数", "strength"),
    "lead_guard_id": M("班组长", "leader"), "team_id": M("班组", "team"), "cert_no": M("保安员证号", "certificate"), "cert_valid_until": M("证件有效期", "certificate's last day"),
    "notice_signed": M("是否已签告知书", "notice signed"), "notice_signed_at": M("告知书签署时间", "time of the notice"), "default_area_id": M("默认区域", "usual area"),
    "left_on": M("离职日期", "day he left"), "call_sign": M("电台呼号", "radio call sign"), "polygon": M("边界", "border"), "mode": M("巡逻模式", "patrol mode"),
    "risk": M("风险等级", "risk"), "needed": M("所需人数", "guards needed"), "windows": M("巡逻时段", "windows"), "radius_m": M("半径", "radius"),
    "from_min": M("开始时间", "begin"), "to_min": M("结束时间", "end"), "unit_ids": M("值守单位", "units that man it"), "scan_code": M("点位码", "point code"),
    "nfc_id": M("标签编号", "NFC id"),
}  # fmt: skip
PLACES: Final = frozenset({"body", "query", "path", "header", "cookie"})


def called(where: Sequence[Any], language: Language) -> str:
    """The field at that place of a request (pydantic's `loc`), as its reader calls it. What nobody here named (a name that was sent and is
    not known, a part of a choice) stands in quotation marks or is left out."""
    chinese = language == "zh-CN"
    parts = []
    for part in where[1:] if where and where[0] in PLACES else where:
        if isinstance(part, int):
            parts.append(f"第 {part + 1} 项" if chinese else f"no. {part + 1}")
        elif part in FIELDS:
            parts.append(FIELDS[part].said(language))
        elif str(part).isidentifier():
            parts.append(f"“{part}”")
    return ("的" if chinese else ", ").join(parts) or ("内容" if chinese else "the content")


def wrong_fields(errors: Sequence[Mapping[str, Any]], language: Language) -> tuple[list[dict[str, str]], str]:
    """Each field that is wrong, for programs (`choices`: pydantic's list of what may stand there), and all in a part of one sentence."""
    found, said = [], []
    for one in errors:
        values = one.get("ctx", {})
        why = detail_of(f"form.{one['type']}", values, language, otherwise="form.wrong")
        told = {"field": ".".join(str(part) for part in one["loc"] if part != "body"), "why": why}
        found.append(told | ({"choices": str(values["expected"])} if "expected" in values else {}))
        name = called(one["loc"], language)
        said.append(f"{name}（{why}）" if language == "zh-CN" else f"{name} ({why})")
    return found, joined(dict.fromkeys(said), language)


_UNSAID: Final[Mapping[str, Any]] = {"loc": (), "type": "wrong"}
MOST_SAID: Final = 10


def said(key: str, values: Mapping[str, Any], language: Language, *, otherwise: str = "server.fault") -> str:
    """`detail_of`, where the values hold faults too: of a record that was refused (`wrong`), of an import's entries (`mistakes`)."""
    if key == "record.invalid":
        values = {"which": wrong_fields([values.get("wrong", _UNSAID)], language)[1]}
    elif key == "import.mistakes":
        told = [(one, said(one["key"], one["values"], language)) for one in values["mistakes"][:MOST_SAID]]
        if language == "zh-CN":
            which = "".join(f"第 {one['line']} 条（{one['id']}）：{text}" for one, text in told)
        else:
            which = " ".join(f"{one['line']} ({one['id']}): {text}" for one, text in told)
        values = {**values, "which": which}
    return detail_of(key, values, language, otherwise=otherwise)
