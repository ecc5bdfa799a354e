"""Every error that a person may read, in both languages. A test holds this beside the keys that the source raises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

Language = Literal["zh-CN", "en"]


class Message(msgspec.Struct, frozen=True):
    """One sentence in each language; `{name}` is filled from the error's values."""

    zh: str
    en: str

    def said(self, language: Language) -> str:
        return self.zh if language == "zh-CN" else self.en


M = Message

TITLES: Final[Mapping[int, Message]] = {
    401: M("请先登录", "Log in first"),
    403: M("没有权限", "Not allowed"),
    404: M("没有找到", "Not found"),
    405: M("不支持此操作", "Not supported"),
    409: M("当前状态不允许", "Its state does not allow this"),
    413: M("内容过大", "Too large"),
    416: M("范围无效", "No such range"),
    422: M("内容有误", "Something in it is wrong"),
    423: M("账号已锁定", "Account locked"),
    500: M("系统内部错误", "A fault of ours"),
    503: M("暂时不可用", "Away for now"),
}

MESSAGES: Final[Mapping[str, Message]] = {
    # --- sessions, roles, requests ---
    "session.none": M("请先登录。", "Log in first."),
    "session.idle": M("超过 {minutes:g} 分钟无操作，已自动退出，请重新登录。", "Nobody used this session for {minutes:g} minutes; log in again."),
    "session.csrf": M("请求未带校验码，请刷新页面后重试。", "The request lacks its check code; reload the page and try again."),
    "role.denied": M("您的角色不能执行此操作。", "Your role may not do this."),
    "login.wrong": M("账号或密码不正确。", "No such account or password."),
    "account.locked": M("连续输错密码，账号已锁定，请 {minutes} 分钟后再试。", "Locked after failed log-ins; try again in {minutes} min."),
    "route.missing": M("没有这个地址。", "There is no such address."),
    "route.method": M("此地址不支持这种请求。", "This address does not take that kind of request."),
    "route.undeclared": M("有接口未声明权限，系统拒绝启动。", "A route declares no permission; the system does not start."),
    "permission.unknown": M("权限未定义。", "No such permission."),
    "request.refused": M("请求被拒绝。", "The request was refused."),
    "server.fault": M("系统出错，已记录。请稍后重试，仍不行请联系管理员。", "Something broke and was logged. Try again; if it stays, call the administrator."),
    "page.not_built": M("网页尚未构建：在 console/web 中运行 npm ci && npm run build。", "The page is not built: run npm ci && npm run build in console/web."),
    "list.cursor": M("翻页标记无效，请从第一页开始。", "This cursor is not ours; start from the first page."),
    "range.unsatisfiable": M("请求的片段超出文件范围。", "The range lies outside the file."),
    "form.invalid": M("以下字段有误：{which}。", "These fields are wrong: {which}."),
    "form.wrong": M("格式不对", "not of the expected form"),
    "form.missing": M("缺少此项", "is missing"),
    "form.extra_forbidden": M("没有此项，请检查拼写", "is not known here; check its spelling"),
    "form.json_invalid": M("不是有效的 JSON", "is not valid JSON"),
    "form.string_type": M("应为文字", "must be text"),
    "form.string_too_short": M("至少 {min_length} 个字", "needs at least {min_length} characters"),
    "form.string_too_long": M("最多 {max_length} 个字", "takes at most {max_length} characters"),
    "form.string_pattern_mismatch": M("写法不对", "is not written as expected"),
    "form.literal_error": M("只能是 {expected}", "must be one of {expected}"),
    "form.float_parsing": M("应为数字", "must be a number"),
    "form.float_type": M("应为数字", "must be a number"),
    "form.int_parsing": M("应为整数", "must be a whole number"),
    "form.int_type": M("应为整数", "must be a whole number"),
    "form.int_from_float": M("应为整数", "must be a whole number"),
    "form.bool_parsing": M("应为是或否", "must be true or false"),
    "form.finite_number": M("应为有限的数字", "must be a finite number"),
    "form.greater_than": M("应大于 {gt}", "must be above {gt}"),
    "form.greater_than_equal": M("不能小于 {ge}", "must be at least {ge}"),
    "form.less_than": M("应小于 {lt}", "must be below {lt}"),
    "form.less_than_equal": M("不能大于 {le}", "must be at most {le}"),
    "coverage.day": M("{day} 不是可查询的日期，请选今天或以前的日期。", "{day} is no day to look at; choose today or an earlier one."),
    "pattern.missing": M("没有这个班次模板。", "There is no such shift template."),
    "pattern.hours": M("开始和结束时间不能相同。", "A shift begins and ends at different times."),
    "pattern.days": M("请选择起止日期，最多 {days} 天，结束不早于开始。", "Choose the first and the last day, {days} days at most."),
    "pattern.in_use": M("此模板还有 {count} 个未开始的排班，请先取消。", "{count} shifts planned by it lie ahead; cancel them first."),
    # --- who and where ---
    "ground.missing": M("没有编号为 {id} 的记录，可能已被删除。", "There is nothing with the id {id}; perhaps it was removed."),
    "ground.in_use": M("{id} 仍被引用（{which}），不能删除。请先改动引用它的记录。", "{id} is still spoken of ({which}) and can't be removed; change those first."),
    "ground.no_organisation": M("没有编号为 {id} 的派出所或上级单位，请先添加。", "There is no organisation {id}; add it first."),
    "ground.no_unit": M("没有编号为 {id} 的单位，请先添加。", "There is no unit {id}; add it first."),
    "ground.no_area": M("没有编号为 {id} 的巡逻区域，请先添加。", "There is no patrol area {id}; add it first."),
    "ground.no_team": M("没有编号为 {id} 的班组，请先添加。", "There is no team {id}; add it first."),
    "ground.no_guard": M("没有编号为 {id} 的保安员，请先添加。", "There is no guard {id}; add him first."),
    "ground.parent": M("{id} 的上级不对：乡镇的上级是县，派出所的上级是县或乡镇，县没有上级。", "{id} stands under the wrong thing: a town under the county, a station under county or town, the county under none."),
    "ground.station": M("{id} 不是派出所。", "{id} is not a police station."),
    "ground.code_taken": M("编码 {code} 已用于 {other}，每个二维码或 NFC 只能对应一个地点。", "The code {code} belongs to {other}; a QR or NFC code stands for one place."),
    "ground.window": M("时段的结束必须晚于开始；跨零点请拆成两段。", "A window ends after it begins; over midnight, write two."),
    "ring.corners": M("区域至少需要三个不同的点，现有 {corners} 个。", "An area needs three different corners, this has {corners}."),
    "ring.outside": M("坐标 {lon}, {lat} 不在国内；先写经度，后写纬度。", "{lon}, {lat} lies outside the country; longitude comes first."),
    "ring.crosses": M("边界在 {lon}, {lat} 处自相交，请移开该处的点。", "The border crosses itself at {lon}, {lat}; move the corners there apart."),
    "ring.thin": M("区域面积只有 {m2} 平方米，太小。", "An area of {m2} m² is too small."),
    "ring.large": M("区域面积达 {km2} 平方公里，过大；经纬度可能写反了。", "An area of {km2} km² is too large; longitude and latitude may be exchanged."),
    "sheet.large": M("文件过大，最多 {mb} MB；请拆分后再导入。", "The file is too large, {mb} MB at most; split it."),
    "sheet.rows": M("行数过多，最多 {most} 行；请拆分后再导入。", "Too many rows, {most} at most; split the file."),
    "sheet.unreadable": M("无法读取此文件；请上传 XLSX 或 CSV（UTF-8 或 GB18030）。", "This file can't be read; upload XLSX, or CSV in UTF-8 or GB18030."),
    "sheet.empty": M("文件中没有内容。", "The file is empty."),
    "sheet.headings": M("前十行内没有找到表头；至少需要：{wanted}。", "No headings within the first ten rows; needed: {wanted}."),
    "sheet.column_missing": M("缺少“{column}”列。", "The column {column} is missing."),
    "sheet.column_twice": M("“{column}”列出现了两次。", "The column {column} stands twice."),
    "sheet.needed": M("此格必填。", "This cell must be filled in."),
    "sheet.repeated": M("编号 {id} 与第 {row} 行重复。", "The id {id} stands in row {row} too."),
    "sheet.number": M("“{text}”不是数字。", "“{text}” is not a number."),
    "sheet.minute": M("“{text}”不是时间，请写成 07:30。", "“{text}” is not a time of day; write 07:30."),
    "sheet.day": M("“{text}”不是日期，请写成 2029-12-31。", "“{text}” is not a day; write 2029-12-31."),
    "sheet.flag": M("“{text}”既不是“是”也不是“否”。", "“{text}” is neither yes nor no."),
    "sheet.word": M("没有“{text}”这一项，可填：{words}。", "“{text}” is none of: {words}."),
    "sheet.ring": M("边界应写成“119.2,34.0; 119.21,34.0; …”，先经度后纬度。", "A border is written 119.2,34.0; 119.21,34.0; … with the longitude first."),
    "sheet.windows": M("“{text}”不是时段，请写成 07:30-09:00。", "“{text}” is not a window; write 07:30-09:00."),
    "gpx.file": M("第 {line} 行起无法读取：不是有效的 GPX 文件（{why}）。", "Not a GPX file that can be read, line {line}: {why}."),
    "gpx.many": M("航点过多，最多 {most} 个。", "Too many waypoints, {most} at most."),
    "gpx.empty": M("文件中没有航点（wpt）；轨迹和路线不作为巡逻点导入。", "The file has no waypoints (wpt); tracks and routes are not taken as checkpoints."),
    "grid.large": M("文件过大，最多 {mb} MB。", "The file is too large, {mb} MB at most."),
    "grid.file": M("不是有效的 GeoJSON 要素集：{why}。", "Not a GeoJSON feature collection: {why}."),
    "grid.geometry": M("第 {number} 个要素不是面，或坐标无法读取。", "Feature {number} is no polygon, or its coordinates can't be read."),
    "grid.kind": M("网格类型“{text}”无法识别，可填：城镇、农村、专属、警格。", "The kind “{text}” is none of urban, rural, exclusive, police."),
    "grid.outside": M("{codes} 的坐标不在国内；先写经度，后写纬度。", "{codes} lies outside the country; longitude comes first."),
    "grid.code": M("编码 {codes} 不合规：网格为 15 位数字，警格以县的 6 位代码开头。", "The code {codes} has the wrong form: 15 digits, or the county's six and more for a police grid."),
    "grid.county": M("编码 {codes} 的前六位不是本县的 {county}。", "The code {codes} does not begin with the county's {county}."),
    "grid.twice": M("编码 {codes} 重复（第 {other} 个要素也是）。", "The code {codes} stands twice (feature {other} too)."),
    "grid.police": M("{codes} 所属的警格 {police} 不存在。", "{codes} names the police grid {police}, which is not there."),
    "grid.crosses": M("{codes} 的边界自相交。", "The border of {codes} crosses itself."),
    "grid.overlap": M("{codes} 重叠 {m2} 平方米。", "{codes} overlap by {m2} m²."),
    "grid.gap": M("{codes} 之间有 {m2} 平方米的空白。", "A gap of {m2} m² between {codes}."),
    # --- alerts, incidents ---
    "alert.missing": M("没有这条告警。", "There is no such alert."),
    "alert.judged": M("{by} 已于 {when} 处理了这条告警。", "{by} judged this alert at {when}."),
    "alert.not_judged": M("这条告警还没有处理，无需撤销。", "This alert has not been judged; there is nothing to undo."),
    "alert.reopen_late": M("超过 {seconds:g} 秒，不能再撤销。", "More than {seconds:g} s have passed; it can't be undone any more."),
    "alert.reopen_dispatched": M("已经派人，不能撤销；请先取消派遣或结束事件。", "A guard was called already; cancel the dispatch or close the incident instead."),
    "alert.no_place": M("摄像头没有标注地图位置，无法找最近的人。", "The camera has no place on the map, so nobody is nearest."),
    "incident.missing": M("没有这个事件。", "There is no such incident."),
    "incident.closed": M("事件已结束。", "The incident is closed."),
    "incident.no_place": M("事件没有地图位置，无法派人；请先给摄像头标注位置。", "The incident has no place on the map; give its camera a place first."),
    "snapshot.missing": M("这条告警没有图片：{why}", "This alert has no picture: {why}"),
    "clip.pending": M("录像片段还在生成，请稍候。", "The clip is still being made; wait a moment."),
    "clip.missing": M("这条告警没有录像片段：{why}", "This alert has no clip: {why}"),
    "clip.transcode": M("录像无法转码：{why}", "The clip can't be transcoded: {why}"),
    "evidence.path": M("证据路径无效。", "Not a path of evidence."),
    "evidence.write": M("证据写入失败：{path}。请检查磁盘空间和权限。", "Evidence could not be written: {path}. Check disk space and rights."),
    "evidence.missing": M("证据文件不存在：{path}", "The evidence file is not there: {path}"),
    # --- cameras, zones, import ---
    "watch.day": M("日期“{day}”无效，应写成2026-11-26。", "`{day}` is no day; write it as 2026-11-26."),
    "camera.missing": M("没有这个摄像头。", "There is no such camera."),
    "camera.exists": M("编号 {id} 的摄像头已存在；要修改请用保存。", "Camera {id} exists already; change it instead."),
    "camera.id": M("摄像头标识 {id} 只能用字母、数字、- 和 _，最多 40 个字符。", "The id {id} may hold letters, digits, - and _ only, 40 at most."),
    "camera.name": M("摄像头 {id} 缺少名称。", "Camera {id} needs a name."),
    "camera.code": M("摄像头 {id} 的国标编码应为 20 位数字，现为“{code}”。", "Camera {id} needs a GB/T 28181 code of 20 digits, not `{code}`."),
    "camera.code_type": M("国标编码第 11 至 13 位“{type}”不是摄像头（应为 131 或 132）。", "Digits 11 to 13 of the code, `{type}`, don't name a camera (131 or 132)."),
    "camera.code_taken": M("国标编码 {code} 已属于摄像头 {other}。", "The code {code} belongs to camera {other} already."),
    "camera.address_empty": M("摄像头 {id} 没有地址；请填 rtsp://主机/路径。", "Camera {id} has no address; give rtsp://host/path."),
    "camera.address_scheme": M("地址 {address} 应以 rtsp:// 或 rtsps:// 开头。", "The address {address} must begin with rtsp:// or rtsps://."),
    "camera.address_host": M("地址 {address} 缺少主机名。", "The address {address} names no host."),
    "camera.address_port": M("地址 {address} 的端口应为 1 至 65535。", "The port in {address} must be 1 to 65535."),
    "camera.address_spaces": M("地址 {address} 含有空格或不可见字符，请删除。", "The address {address} holds blanks or unseen characters; remove them."),
    "camera.address_long": M("地址超过 400 个字符。", "The address is longer than 400 characters."),
    "camera.password_needed": M("地址 {address} 的主机已改变，请重新输入密码。", "The host in {address} changed; enter the password again."),
    "camera.place": M("摄像头 {id} 的经度和纬度要么都填，要么都不填。", "Camera {id}: give longitude and latitude both, or neither."),
    "camera.angle": M("摄像头 {id} 的{field}应在 {low} 到 {high} 之间。", "Camera {id}: {field} must lie between {low} and {high}."),
    "zone.missing": M("没有这个区域。", "There is no such zone."),
    "zone.id": M("区域标识 {id} 只能用字母、数字、- 和 _，最多 60 个字符。", "The zone id {id} may hold letters, digits, - and _ only, 60 at most."),
    "zone.elsewhere": M("区域 {id} 属于另一个摄像头 {other}。", "Zone {id} belongs to another camera, {other}."),
    "zone.no_name": M("区域缺少名称，请填写。", "A zone needs a name; give it one."),
    "zone.no_labels": M("区域“{zone}”没有选择目标，请至少选一种，例如人员。", "Zone `{zone}` follows nothing; name at least one label such as person."),
    "zone.not_a_number": M("区域“{zone}”的第 {point} 个点不是数字。", "Zone `{zone}`: point {point} is not a number."),
    "zone.outside_picture": M("区域“{zone}”的第 {point} 个点在画面之外，坐标应在 0 到 1 之间。", "Zone `{zone}`: point {point} lies outside the picture; values run from 0 to 1."),
    "zone.line_needs_two_points": M("区域“{zone}”是绊线，应正好两个端点，现有 {points} 个。", "Zone `{zone}` is a line; draw exactly two points, not {points}."),
    "zone.zero_length": M("区域“{zone}”的绊线两端重合，请拉开。", "Zone `{zone}`: the line's ends fall together; draw them apart."),
    "zone.too_few_points": M("区域“{zone}”至少要三个不同的点，现有 {points} 个。", "Zone `{zone}` needs three different points or more, it has {points}."),
    "zone.self_crossing": M("区域“{zone}”的第 {first} 条边与第 {second} 条边相交，请按顺序画。", "Zone `{zone}`: sides {first} and {second} cross; draw the corners in order."),
    "zone.too_small": M("区域“{zone}”面积太小，请画大一些。", "Zone `{zone}` is next to nothing; draw it larger."),
    "zone.empty_schedule": M("区域“{zone}”的时段永远不会开始：至少选一天，结束不能等于开始。", "Zone `{zone}`: its schedule never begins; choose a day, and an end other than the begin."),
    "import.mistakes": M("导入未执行，{count} 处有误：{which}", "Nothing was imported; {count} mistakes: {which}"),
    "import.form": M("导入文件应为 {{\"cameras\": [...]}}。", "The import must be {{\"cameras\": [...]}}."),
    "import.repeated": M("编号 {id} 在文件中出现多次。", "The id {id} stands in the file more than once."),
    "import.file": M("无法读取文件 {file}：{why}", "The file {file} can't be read: {why}"),
    # --- accounts ---
    "account.missing": M("没有这个账号。", "There is no such account."),
    "account.taken": M("用户名 {username} 已被使用。", "The user name {username} is taken."),
    "account.username": M("用户名只能用小写字母、数字、. - _，2 到 40 个字符。", "A user name holds 2 to 40 small letters, digits, . - _."),
    "account.password": M("密码至少 {least} 个字符，且不能与用户名相同。", "A password needs {least} characters or more and differs from the user name."),
    "account.needs_unit": M("公司账号必须指定所属单位。", "A company account needs its unit."),
    "account.needs_guard": M("保安员账号必须指定保安员。", "A guard account needs its guard."),
    "account.no_unit": M("没有单位 {id}。", "There is no unit {id}."),
    "account.no_guard": M("没有保安员 {id}。", "There is no guard {id}."),
    "account.last_secadmin": M("至少要保留一个可用的安全管理员。", "One security administrator at least must stay."),
    "account.self": M("不能停用自己或更改自己的角色。", "You can't disable yourself or change your own role."),
    # --- the guard half ---
    "unit.missing": M("没有这个单位。", "There is no such unit."),
    "guard.missing": M("没有这个保安员。", "There is no such guard."),
    "shift.missing": M("没有这个班次。", "There is no such shift."),
    "point_call.missing": M("没有这次点调。", "There is no such point call."),
    "draw.missing": M("没有这次抽取。", "There is no such draw."),
    "dispatch.missing": M("没有这次派遣。", "There is no such dispatch."),
    "device.missing": M("没有这个设备。", "There is no such device."),
    "terminal.number": M("终端号应为 1 至 20 位数字:{number}。", "A terminal's number has 1 to 20 digits: {number}."),
    "score.missing": M("这个班次还没有积分。", "This shift has no score yet."),
    "score.line_missing": M("没有这一项积分。", "There is no such score line."),
    "area.missing": M("没有这个巡逻区域。", "There is no such patrol area."),
    "trail.purpose": M("请先选择查看事由。", "State the purpose of the look first."),
    "trail.case": M("请填写案件或工单编号。", "Give the case reference."),
    "look.missing": M("没有这次查看登记，或已超过一天。请重新登记查看。", "No such registered look of yours in the last day; look again."),
    "trail.span": M("时间范围应在 {hours:g} 小时以内，且结束晚于开始。", "The span must end after it begins and last {hours:g} h at most."),
    "roster.missing": M("没有这条排班。", "There is no such roster entry."),
    "roster.span": M("结束应晚于开始，且在 {hours:g} 小时以内。", "A shift ends after it begins, within {hours:g} h."),
    "roster.overlap": M("{name} 这段时间已有排班。", "{name} is planned at that time already."),
    "roster.over": M("这条排班已结束，不能再改。", "This entry has come to its end and stays as it is."),
    "roster.reason": M("请填写请假原因。", "Give the reason why he is excused."),
    "post.missing": M("没有这个岗位。", "There is no such post."),
    "post.code": M("没有岗位使用这个码：{code}。请核对后重试。", "No post has this code: {code}. Check it and try again."),
    "break.running": M("正在休息中。", "A break runs already."),
    "break.none": M("现在没有在休息。", "No break runs."),
    "break.none_left": M("本班的休息时间已用完。", "This shift's breaks are used up."),
    "hand_over.missing": M("没有等您确认的交接。", "No hand-over waits for you."),
    "hand_over.self": M("不能交接给自己。", "Nobody hands over to himself."),
    "hand_over.waiting": M("已有一次交接在等对方确认。", "An offer waits for its answer already."),
    "check_in.off_shift": M("当时没有开班，打卡不保留。", "No shift was open then; the check-in is not kept."),
    "shift.left": M("{name} 已于 {day} 离职，不能开班。", "{name} left on {day}; no shift from that day on."),
    "shift.no_notice": M("{name} 尚未签署定位告知书，不能开班。", "{name} has not signed the tracking notice; no shift before that."),
    "shift.no_certificate": M("{name} 的保安员证无效（有效期至 {until}），不能开班。", "{name}'s certificate is not valid (until {until}); no shift without one."),
    "shift.already_open": M("{name} 已在班。", "{name} has an open shift already."),
    "spot_check.missing": M("没有这次抽查。", "There is no such spot check."),
    "spot_check.not_his_shift": M("该班次不属于{name}。", "That shift is not {name}'s."),
    "spot_check.off_shift": M("{name}不在班，不能实地检查。", "{name} is not on shift: there is nothing to check on site."),
    "spot_check.signed": M("您已对这次抽查签字。", "You have given your word on this check already."),
    "spot_check.too_late": M("抽查须在 {hours} 小时内签字。", "A check can be signed within {hours} h."),
    "spot_check.code": M(
        "没有班次显示此码。请保安员重新打开检查码（{seconds} 秒内有效）。",
        "No shift shows this code. Ask the guard to open his check code again (good for {seconds} s).",
    ),
    "shift.closed": M("这个班次已经结束。", "This shift is closed already."),
    "guard.off_shift": M("{name} 不在班。", "{name} is off shift."),
    "guard.busy": M("{name} 正在处理其他事件。", "{name} is on another incident."),
    "guard.outside_service_area": M("{unit} 只能在本单位服务区域内服务（令564第15条），不能派 {name}。", "{unit} may serve only inside its own area (Order 564, art. 15); {name} can't be sent."),
    "dispatch.state": M("这次派遣现为“{state}”，不能这样操作。", "This dispatch is `{state}`; that can't be done now."),
    "point_call.reason": M("指名点调必须写明原因。", "A call by name needs its reason."),
    "point_call.running": M("{name} 已有一次点调正在进行。", "A call of {name} still runs."),
    "point_call.answered": M("这次点调已应答或已有结果。", "This call is answered or settled already."),
    "point_call.no_review": M("只有不符的结果需要复核，现为 {verdict}。", "Only a contradicted verdict is reviewed; this one is {verdict}."),
    "fix.unknown_device": M("未登记的设备，请先在平台登记。", "This device is not enrolled; enrol it first."),
    "fix.unreadable": M("定位消息无法读取：{why}", "The message can't be read: {why}"),
    "trails.disk": M("轨迹无法写入磁盘。请检查磁盘空间和权限。", "The trail could not be written; check disk space and rights."),
    "rules.file": M("无法读取积分规则文件 {file}。", "The rules file {file} can't be read."),
    "rules.invalid": M("积分规则 {file} 有误：{why}", "The rules {file} are wrong: {why}"),
    "rules.missing": M("没有版本为 {version} 的积分规则。", "There are no rules of version {version}."),
    "rules.version_taken": M("积分规则版本 {version} 已用于另一份内容，请给修改后的规则一个新版本。", "Rules version {version} stands for another text; give the changed rules a new version."),
    "draw.empty": M("没有可抽取的人员：都不在班、在处置事件或正在被点调。", "Nobody can be drawn: all are off shift, on an incident or being called."),
    # --- parts of the house ---
    "database.away": M("数据库暂时不可用，数据不会丢失，请稍后重试。", "The database is away; nothing is lost, try again shortly."),
    "bus.away": M("消息通道暂时不可用，请稍后重试。", "Redis is away; try again shortly."),
    "redis.not_started": M("内置消息服务未能启动。", "The embedded Redis did not start."),
    "spool.full": M("消息通道不可用且本地缓存已满。", "Redis is away and the local spool is full."),
    "spool.disk": M("消息通道不可用且本地缓存无法写入。", "Redis is away and the local spool can't be written."),
    "spool.taken": M("本地缓存 {folder} 正被另一个进程使用。", "Another process owns the spool {folder}."),
    "record.unreadable": M("记录无法读取。", "The record can't be read."),
    "record.invalid": M("内容有误：{why}", "It can't be read: {why}"),
    "record.unknown_field": M("没有字段“{field}”，您是否想写“{nearest}”？", "There is no field `{field}`; did you mean `{nearest}`?"),
    "settings.unknown": M("没有设置项 {key}。", "There is no setting {key}."),
    "settings.invalid": M("设置项 {key} 的值无效。", "The setting {key} makes no sense."),
    "settings.file": M("无法读取设置文件 {file}。", "The settings file {file} can't be read."),
    "migrations.unknown": M("数据库版本 {found} 比程序新，请升级程序。", "The database is at {found}, newer than this program; update the program."),
}  # fmt: skip

FORM_FALLBACK: Final = "form.wrong"


class _Filled(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def title_of(status: int, language: Language) -> str:
    return TITLES.get(status, TITLES[500]).said(language)


def detail_of(key: str, values: Mapping[str, Any], language: Language, *, otherwise: str = "server.fault") -> str:
    """The sentence of a key, its placeholders filled; an unknown key gives the one of `otherwise`."""
    text = MESSAGES.get(key, MESSAGES[otherwise]).said(language)
    try:
        return text.format_map(_Filled(values))
    except (ValueError, TypeError):  # a value that does not fit its format: the sentence without it
        return text
