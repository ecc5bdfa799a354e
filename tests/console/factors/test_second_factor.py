"""Log-in in two steps: codes that count once, recovery codes, who may set a second factor up, and how it is taken away."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update

from console.access.tables import Account, LoginSession
from console.app import make_app
from console.commands import main
from console.factors import codes
from console.factors.tables import FactorLink, LoginStep, RecoveryCode, SecondFactor
from lianqin.db import Store
from lianqin.settings import Settings
from lianqin.testing import FakeClock
from tests.console.conftest import PASSWORD, Room

OWN = "a-better-horse"
DAY = 86_400


@pytest.fixture
def house(
    settings: Settings, store: Store, redis_client: redis.Redis, seed_county: Callable[[Store], None]
) -> Iterator[Room]:
    """The room as it runs outside the demonstration: with second factors. Its passwords were set by the security administrator."""
    seed_county(store)
    with store.write() as session:
        session.add(
            Account(id="a-secadmin2", username="secadmin2", password_hash="", role="secadmin", name="secadmin 乙")
        )
        session.flush()
        session.execute(update(Account).values(password_by="a-secadmin"))
    clock, ours = FakeClock(), settings.model_copy(update={"second_factor": True})
    app = make_app(ours, store, redis_client, clock=clock, threads=False)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Room(app, client, store, clock, redis_client, ours)


def log_in(house: Room, username: str = "operator", password: str = PASSWORD) -> Any:
    return house.client.post("/api/login", json={"username": username, "password": password})


def send_code(house: Room, code: str) -> Any:
    return house.client.post("/api/login/code", json={"code": code})


def get_link(house: Room, account_id: str = "a-operator", by: str = "secadmin2") -> str:
    answer = house.role(by).post(f"/api/factors/{account_id}/link")
    assert answer.status_code == 200, answer.text
    code: str = answer.json()["code"]
    return code


def set_up(house: Room, link: str, password: str = PASSWORD, own: str = OWN) -> tuple[str, list[str]]:
    """The secret and the recovery codes of who has the link and the password."""
    house.client.cookies.clear()
    begun = house.client.post("/api/enrol", json={"link": link, "password": password})
    assert begun.status_code == 200, begun.text
    secret = begun.json()["secret"]
    done = house.client.post(
        "/api/enrol/confirm", json={"code": codes.code_at(secret, house.clock.now()), "new_password": own}
    )
    assert done.status_code == 200, done.text
    house.clock.advance(60)
    return secret, done.json()["recovery_codes"]


@pytest.fixture
def enrolled(house: Room) -> tuple[str, list[str]]:
    """The operator's secret and recovery codes; his password is OWN."""
    made = set_up(house, get_link(house))
    house.client.cookies.clear()
    return made


def test_a_right_password_alone_opens_no_session(house: Room, enrolled: Any) -> None:
    with house.store.read() as session:
        before = session.scalar(select(func.count()).select_from(LoginSession))
    answer = log_in(house, password=OWN)
    assert answer.json()["step"] == "code"
    assert "lianqin_session" not in answer.cookies
    assert "csrf" not in answer.json()
    assert house.client.get("/api/me").status_code == 401
    with house.store.read() as session:
        assert session.scalar(select(func.count()).select_from(LoginSession)) == before
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()


def test_the_code_of_the_authenticator_opens_the_session(house: Room, enrolled: Any) -> None:
    log_in(house, password=OWN)
    answer = send_code(house, codes.code_at(enrolled[0], house.clock.now()))
    assert answer.status_code == 200
    assert house.client.get("/api/me").json()["account"]["username"] == "operator"


@pytest.mark.parametrize("role", ["guard", "grid", "wall"])
def test_guard_grid_and_wall_need_none(house: Room, role: str) -> None:
    assert "csrf" in log_in(house, role).json()


def test_a_code_counts_once_and_one_of_before_it_never(house: Room, enrolled: Any) -> None:
    now = house.clock.now()
    late = codes.code_at(enrolled[0], now - 30)
    code = codes.code_at(enrolled[0], now)
    log_in(house, password=OWN)
    assert send_code(house, code).status_code == 200
    for used in (code, late):
        house.client.cookies.clear()
        log_in(house, password=OWN)
        assert send_code(house, used).json()["key"] == "login.wrong"
    house.clock.advance(30)
    assert send_code(house, codes.code_at(enrolled[0], house.clock.now())).status_code == 200


@pytest.mark.parametrize(("before_s", "status"), [(-60, 401), (-30, 200), (0, 200), (30, 200), (60, 401)])
def test_a_phones_clock_may_differ_by_one_step(house: Room, enrolled: Any, before_s: int, status: int) -> None:
    house.clock.advance(300)
    log_in(house, password=OWN)
    assert send_code(house, codes.code_at(enrolled[0], house.clock.now() + before_s)).status_code == status


def test_a_recovery_code_counts_once_however_it_is_typed(house: Room, enrolled: Any) -> None:
    first = enrolled[1][0]
    log_in(house, password=OWN)
    assert send_code(house, f" {first.lower().replace('-', ' ')} ").status_code == 200
    assert house.client.get("/api/me/factor").json()["codes_left"] == 9
    house.client.cookies.clear()
    log_in(house, password=OWN)
    assert send_code(house, first).status_code == 401
    [row] = house.audit("factor.recovery")
    assert (row.actor_id, row.detail) == ("a-operator", {"left": 9})


def test_nothing_in_the_database_or_the_register_is_a_secret_or_a_code(house: Room, enrolled: Any) -> None:
    secret, recovery = enrolled
    with house.store.read() as session:
        row = session.get_one(SecondFactor, "a-operator")
        known = [one.code_sha256 for one in session.scalars(select(RecoveryCode))]
    assert len(known) == 10
    assert secret not in row.secret
    assert row.secret.startswith("s1.")
    told = " ".join(f"{one.action} {one.detail}" for one in house.audit())
    for code in (secret, *recovery, *known):
        assert code not in told


def test_wrong_codes_lock_like_wrong_passwords_and_a_right_password_does_not_begin_the_count_anew(
    house: Room, enrolled: Any
) -> None:
    said = []
    for _ in range(5):
        assert log_in(house, password=OWN).status_code == 200
        said.append(send_code(house, "000000").json()["key"])
    assert said == ["login.wrong"] * 4 + ["account.locked"]
    assert send_code(house, codes.code_at(enrolled[0], house.clock.now())).status_code == 423
    failed = [row for row in house.audit("account.login_failed") if row.detail.get("step") == "code"]
    assert len(failed) == 5
    house.clock.advance(901)
    log_in(house, password=OWN)
    assert send_code(house, codes.code_at(enrolled[0], house.clock.now())).status_code == 200


def test_wrong_password_and_wrong_code_read_alike(house: Room, enrolled: Any) -> None:
    wrong = log_in(house, password="wrong").json()
    log_in(house, password=OWN)
    assert send_code(house, "000000").json() == wrong


def test_the_step_is_over_after_five_minutes_and_is_good_once(house: Room, enrolled: Any) -> None:
    log_in(house, password=OWN)
    house.clock.advance(301)
    assert send_code(house, codes.code_at(enrolled[0], house.clock.now())).json()["key"] == "login.step"
    token = log_in(house, password=OWN).cookies["lianqin_step"]
    assert send_code(house, codes.code_at(enrolled[0], house.clock.now())).status_code == 200
    house.clock.advance(60)
    house.client.cookies.clear()
    again = house.client.post(
        "/api/login/code", json={"code": codes.code_at(enrolled[0], house.clock.now())}, headers={"cookie": f"lianqin_step={token}"}
    )  # fmt: skip
    assert again.json()["key"] == "login.step"


def test_a_step_does_not_outlive_the_password_it_was_opened_with(house: Room, enrolled: Any) -> None:
    log_in(house, password=OWN)
    form = {"username": "operator", "role": "operator", "name": "甲", "password": "another-horse-yet"}
    assert house.role("secadmin").put("/api/accounts/a-operator", form).status_code == 200
    assert send_code(house, codes.code_at(enrolled[0], house.clock.now())).json()["key"] == "login.step"


def test_a_browser_that_is_known_is_asked_for_the_code_all_the_same(house: Room, enrolled: Any) -> None:
    log_in(house, password=OWN)
    send_code(house, codes.code_at(enrolled[0], house.clock.now()))
    browser = house.client.cookies["lianqin_browser"]
    house.client.cookies.clear()
    house.client.cookies.set("lianqin_browser", browser, path="/api")
    assert log_in(house, password=OWN).json()["step"] == "code"


# --- setting one up ---


def test_without_a_link_the_right_password_sets_nothing_up(house: Room) -> None:
    answer = log_in(house)
    assert (answer.status_code, answer.json()["key"]) == (403, "login.no_factor")
    assert "lianqin_step" not in answer.cookies
    [row] = house.audit("account.login_failed")
    assert (row.object_id, row.detail["step"]) == ("a-operator", "no_factor")


def test_who_set_the_password_gives_no_link(house: Room) -> None:
    answer = house.role("secadmin").post("/api/factors/a-operator/link")
    assert (answer.status_code, answer.json()["key"]) == (403, "factor.same_person")
    with house.store.write() as session:
        session.execute(update(Account).where(Account.id == "a-secadmin").values(password_by="a-secadmin2"))
    own = house.role("secadmin").post("/api/factors/a-secadmin/link")
    assert own.json()["key"] == "factor.same_person"
    assert house.role("secadmin2").post("/api/factors/a-secadmin/link").json()["key"] == "factor.same_person"


def test_who_gave_the_link_ends_it_by_setting_the_password(house: Room) -> None:
    with house.store.write() as session:
        session.execute(update(Account).values(password_by="a-secadmin2"))
    link = get_link(house, by="secadmin")
    form = {"username": "operator", "role": "operator", "name": "甲", "password": OWN}
    assert house.role("secadmin").put("/api/accounts/a-operator", form).status_code == 200
    answer = house.client.post("/api/enrol", json={"link": link, "password": OWN})
    assert answer.json()["key"] == "factor.link"


def test_link_and_password_are_needed_together_and_the_owner_chooses_a_password_of_his_own(house: Room) -> None:
    link = get_link(house)
    wrong = house.client.post("/api/enrol", json={"link": link, "password": "wrong"})
    assert (wrong.status_code, wrong.json()["key"]) == (401, "login.wrong")
    assert house.client.post("/api/enrol", json={"link": "x" * 32, "password": PASSWORD}).json()["key"] == "factor.link"
    begun = house.client.post("/api/enrol", json={"link": link, "password": PASSWORD}).json()
    assert (begun["username"], begun["new_password"], begun["least_password"]) == ("operator", True, 12)
    assert begun["address"].startswith("otpauth://totp/Lianqin:operator?secret=" + begun["secret"])
    right = codes.code_at(begun["secret"], house.clock.now())
    for new, code, key in [
        ("", right, "account.password"), ("short", right, "account.password"), (PASSWORD, right, "password.same"),
        (OWN, "000000", "factor.code"),
    ]:  # fmt: skip
        answer = house.client.post("/api/enrol/confirm", json={"code": code, "new_password": new})
        assert (answer.status_code, answer.json()["key"]) == (422, key)
    done = house.client.post("/api/enrol/confirm", json={"code": right, "new_password": OWN})
    assert len(done.json()["recovery_codes"]) == 10
    assert house.client.get("/api/me").json()["account"]["username"] == "operator"
    assert log_in(house).status_code == 401
    [row] = house.audit("factor.set")
    assert (row.actor_id, row.detail) == ("a-operator", {"way": "link", "link_by": "a-secadmin2", "own_password": True})


def test_the_code_that_proved_the_set_up_is_used(house: Room) -> None:
    link = get_link(house)
    secret = house.client.post("/api/enrol", json={"link": link, "password": PASSWORD}).json()["secret"]
    code = codes.code_at(secret, house.clock.now())
    house.client.post("/api/enrol/confirm", json={"code": code, "new_password": OWN})
    log_in(house, password=OWN)
    assert send_code(house, code).status_code == 401


def test_a_link_is_good_once_and_for_a_day(house: Room) -> None:
    first = get_link(house)
    second = get_link(house)
    assert house.client.post("/api/enrol", json={"link": first, "password": PASSWORD}).json()["key"] == "factor.link"
    set_up(house, second)
    house.client.cookies.clear()
    assert house.client.post("/api/enrol", json={"link": second, "password": OWN}).json()["key"] == "factor.link"
    third = get_link(house, "a-leader")
    house.clock.advance(DAY)
    assert house.client.post("/api/enrol", json={"link": third, "password": PASSWORD}).json()["key"] == "factor.link"


def test_wrong_passwords_with_a_link_count_as_failed_log_ins(house: Room) -> None:
    link = get_link(house)
    said = [house.client.post("/api/enrol", json={"link": link, "password": "wrong"}).json()["key"] for _ in range(5)]
    assert said == ["login.wrong"] * 4 + ["account.locked"]
    assert log_in(house).status_code == 423


def test_a_link_needs_an_account_that_may_have_one(house: Room, enrolled: Any) -> None:
    for account_id, key in [("a-guard", "factor.not_needed"), ("a-operator", "factor.there"), ("x", "account.missing")]:
        assert house.role("secadmin2").post(f"/api/factors/{account_id}/link").json()["key"] == key


def test_an_account_of_before_sets_its_own_up_for_some_days_and_then_needs_a_link(house: Room) -> None:
    with house.store.write() as session:
        session.execute(update(Account).values(factor_free_from=house.clock.now()))
    told = log_in(house).json()
    assert (told["step"], told["new_password"]) == ("set_up", True)
    house.clock.advance(600)
    code = codes.code_at(told["secret"], house.clock.now())
    done = house.client.post("/api/enrol/confirm", json={"code": code, "new_password": OWN})
    assert done.status_code == 200
    [row] = house.audit("factor.set")
    assert row.detail["way"] == "grace"
    # An administrator who sets a password ends the grace of that account.
    form = {"username": "leader", "role": "leader", "name": "乙", "password": OWN}
    assert house.role("secadmin").put("/api/accounts/a-leader", form).status_code == 200
    assert log_in(house, "leader", OWN).json()["key"] == "login.no_factor"
    house.clock.advance(14 * DAY)
    assert log_in(house, "officer").json()["key"] == "login.no_factor"


def test_a_set_up_begun_in_the_grace_does_not_outlast_it(house: Room) -> None:
    with house.store.write() as session:
        session.execute(update(Account).values(factor_free_from=house.clock.now() - 14 * DAY + 60))
    secret = log_in(house).json()["secret"]
    house.clock.advance(61)
    code = codes.code_at(secret, house.clock.now())
    answer = house.client.post("/api/enrol/confirm", json={"code": code, "new_password": OWN})
    assert answer.json()["key"] == "factor.link"


# --- taken away ---


def ask_reset(house: Room, by: str = "secadmin") -> str:
    answer = house.role(by).post("/api/factors/a-operator/reset", {"reason": "手机丢失"})
    assert answer.status_code == 200, answer.text
    reset_id: str = answer.json()["reset"]["id"]
    return reset_id


def test_a_reset_takes_two_people_and_names_both(house: Room, enrolled: Any) -> None:
    log_in(house, password=OWN)
    send_code(house, codes.code_at(enrolled[0], house.clock.now()))
    reset_id = ask_reset(house)
    assert (
        house.role("secadmin").post("/api/factors/a-operator/reset", {"reason": "再来"}).json()["key"] == "factor.asked"
    )
    answer = house.role("secadmin").post(f"/api/factor-resets/{reset_id}/approve")
    assert (answer.status_code, answer.json()["key"]) == (403, "reset.same_person")
    assert house.role("secadmin2").post(f"/api/factor-resets/{reset_id}/approve").status_code == 200
    assert house.client.get("/api/me").status_code == 401, "its sessions end"
    assert log_in(house, password=OWN).json()["key"] == "login.no_factor"
    [row] = house.audit("factor.reset")
    assert (row.actor_id, row.detail["asked_by"]) == ("a-secadmin2", "a-secadmin")
    assert house.role("secadmin2").post(f"/api/factor-resets/{reset_id}/refuse").json()["key"] == "reset.decided"
    [told] = house.role("secadmin2").get("/api/factor-resets").json()["items"]
    assert (told["asked_by"], told["decided_by"], told["approved"]) == ("secadmin 甲", "secadmin 乙", True)
    # The owner's password is his own: he keeps it. The old authenticator and its recovery codes are good no more.
    secret, _ = set_up(house, get_link(house, by="secadmin"), password=OWN, own="")
    assert secret != enrolled[0]
    log_in(house, password=OWN)
    assert send_code(house, enrolled[1][1]).status_code == 401


def test_ones_own_reset_is_asked_for_and_decided_by_another_person(house: Room, enrolled: Any) -> None:
    assert house.role("operator").post("/api/me/factor/reset", {"reason": "换手机"}).status_code == 200
    assert house.role("operator").get("/api/me/factor").json()["reset_asked_at"] is not None
    [told] = house.role("secadmin").get("/api/factor-resets").json()["items"]
    assert house.role("secadmin").post(f"/api/factor-resets/{told['id']}/refuse").status_code == 200
    with house.store.read() as session:
        assert session.get(SecondFactor, "a-operator") is not None
    assert [row.action for row in house.audit() if row.action.endswith("_reset")] == [
        "factor.ask_reset",
        "factor.refuse_reset",
    ]


def test_who_set_the_password_does_not_approve_what_he_may_have_asked_in_its_name(house: Room, enrolled: Any) -> None:
    form = {"username": "operator", "role": "operator", "name": "甲", "password": "another-horse-yet"}
    assert house.role("secadmin").put("/api/accounts/a-operator", form).status_code == 200
    assert house.role("operator").post("/api/me/factor/reset", {"reason": "换手机"}).status_code == 200
    [told] = house.role("secadmin").get("/api/factor-resets").json()["items"]
    assert house.role("secadmin").post(f"/api/factor-resets/{told['id']}/approve").json()["key"] == "reset.same_person"
    assert house.role("secadmin2").post(f"/api/factor-resets/{told['id']}/approve").status_code == 200


def test_an_administrator_does_not_approve_his_own_reset(house: Room) -> None:
    with house.store.write() as session:
        session.execute(update(Account).values(password_by="command"))
    set_up(house, get_link(house, "a-secadmin"))
    house.visitors.clear()
    with house.store.write() as session:
        session.query(LoginSession).delete()
    house.role("secadmin").post("/api/me/factor/reset", {"reason": "换手机"})
    [told] = house.role("secadmin").get("/api/factor-resets").json()["items"]
    assert house.role("secadmin").post(f"/api/factor-resets/{told['id']}/approve").json()["key"] == "reset.same_person"


def test_new_recovery_codes_need_a_code_and_void_the_old_ones(house: Room, enrolled: Any) -> None:
    operator = house.role("operator")
    assert operator.post("/api/me/factor/codes", {"code": "000000"}).json()["key"] == "factor.code_wrong"
    assert operator.post("/api/me/factor/codes", {"code": enrolled[1][0]}).json()["key"] == "factor.code_wrong"
    made = operator.post("/api/me/factor/codes", {"code": codes.code_at(enrolled[0], house.clock.now())}).json()
    assert len(set(made["recovery_codes"]) - set(enrolled[1])) == 10
    house.client.cookies.clear()
    log_in(house, password=OWN)
    assert send_code(house, enrolled[1][1]).status_code == 401
    assert send_code(house, made["recovery_codes"][0]).status_code == 200


def test_the_list_says_what_stands_and_what_the_reader_may_do(house: Room, enrolled: Any) -> None:
    get_link(house, "a-leader")
    seen = {row["id"]: row for row in house.role("secadmin").get("/api/factors").json()["items"]}
    assert {"a-guard", "a-grid", "a-wall"} & set(seen) == set()
    assert [(seen[f"a-{one}"]["state"], seen[f"a-{one}"]["why_not"]) for one in ("operator", "leader", "officer")] == [
        ("on", "factor.there"), ("link", "factor.same_person"), ("none", "factor.same_person"),
    ]  # fmt: skip
    assert seen["a-operator"]["codes_left"] == 10
    assert "secret" not in seen["a-operator"]


# --- at the machine ---


def run(house: Room, monkeypatch: pytest.MonkeyPatch, *arguments: str, typed: str = "") -> int:
    monkeypatch.setenv("LIANQIN_DATABASE_URL", house.settings.database_url)
    monkeypatch.setenv("LIANQIN_RUN_DIR", str(house.settings.run_dir))
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    return main(list(arguments))


def test_the_first_security_administrator_gets_his_link_at_the_machine(
    house: Room, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(house, monkeypatch, "account", "first", "secadmin", "--password-stdin", typed=PASSWORD + "\n") == 0
    assert "python -m console factor first" in capsys.readouterr().out
    assert run(house, monkeypatch, "factor", "first") == 0
    link = capsys.readouterr().out.split("/enrol#")[1].split()[0]
    with house.store.write() as session:  # the made clock stands elsewhere than the command's
        session.execute(update(FactorLink).values(until=house.clock.now() + DAY))
    set_up(house, link)
    assert house.client.get("/api/me").json()["account"]["username"] == "first"
    assert [row.actor_id for row in house.audit("factor.link")] == ["system:command"]


def test_all_other_roles_get_none_at_the_machine(
    house: Room, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(house, monkeypatch, "factor", "operator") == 1
    assert "given on the page" in capsys.readouterr().err
    assert run(house, monkeypatch, "factor", "nobody") == 1


def test_an_administrator_who_lost_his_phone_and_has_no_second_one_is_let_in_at_the_machine(
    house: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    with house.store.write() as session:
        session.execute(update(Account).values(password_by="command"))
    set_up(house, get_link(house, "a-secadmin"))
    assert run(house, monkeypatch, "factor", "secadmin") == 0
    with house.store.read() as session:
        assert session.get(SecondFactor, "a-secadmin") is None
        assert session.scalar(select(func.count()).where(LoginSession.account_id == "a-secadmin")) == 0
        assert session.scalar(select(func.count()).select_from(LoginStep)) == 0
    assert [row.detail["reason"] for row in house.audit("factor.reset")] == ["at the machine"]
