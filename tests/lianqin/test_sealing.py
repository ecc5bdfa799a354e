"""What is sealed opens for its purpose and by its key alone; keys are changed one after the other."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from lianqin import sealing, settings
from lianqin.errors import SettingsError, UnavailableError
from lianqin.sealing import Sealer, id_of, new_key, read_keys, sealer_of

OLD, NEW = read_keys(new_key()), read_keys(new_key())


def test_what_was_sealed_opens_again_and_two_seals_differ() -> None:
    sealer = Sealer(OLD)
    first, second = sealer.seal(b"secret", "factor/a"), sealer.seal(b"secret", "factor/a")
    assert first != second
    assert b"secret" not in first.encode()
    assert (sealer.unseal(first, "factor/a"), sealer.unseal(second, "factor/a")) == (b"secret", b"secret")


@pytest.mark.parametrize("change", ["purpose", "content", "form", "cut"])
def test_what_was_changed_or_is_of_another_purpose_opens_nothing(change: str) -> None:
    sealer = Sealer(OLD)
    sealed = sealer.seal(b"secret", "factor/a")
    last = "A" if sealed[-5] != "A" else "B"
    shown = {"purpose": sealed, "content": sealed[:-5] + last + sealed[-4:], "form": "x" + sealed, "cut": sealed[:20]}[
        change
    ]
    with pytest.raises(UnavailableError) as caught:
        sealer.unseal(shown, "factor/b" if change == "purpose" else "factor/a")
    assert caught.value.key == "seal.broken"


def test_a_key_is_changed_by_putting_a_new_one_first() -> None:
    sealed = Sealer(OLD).seal(b"secret", "p")
    both = Sealer([*NEW, *OLD])
    assert both.unseal(sealed, "p") == b"secret"
    fresh = both.reseal(sealed, "p")
    assert fresh is not None
    assert fresh.startswith(f"s1.{id_of(NEW[0])}.")
    assert both.reseal(fresh, "p") is None
    assert Sealer(NEW).unseal(fresh, "p") == b"secret"
    with pytest.raises(UnavailableError) as caught:
        Sealer(NEW).unseal(sealed, "p")
    assert (caught.value.key, caught.value.values) == ("seal.no_key", {"key": id_of(OLD[0])})


@pytest.mark.parametrize("text", ["", "short", "K" * 40, "K" * 43 + "= x", "密钥"])
def test_a_key_that_is_none_is_refused_and_never_shown(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_keys(text)
    assert caught.value.key == "seal.key"
    assert not text or text not in str(caught.value)


def test_keys_stand_one_a_line_or_by_commas() -> None:
    one, other = new_key(), new_key()
    assert read_keys(f"# of 2026\n{one}\n{other}\n") == read_keys(f"{one},{other}") == read_keys(one) + read_keys(other)


def test_where_nothing_names_a_key_one_is_made_once_for_all_who_come_first(tmp_path: Path) -> None:
    ours = settings.check({"run_dir": tmp_path})
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(sealing.text_of(ours))) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    file = tmp_path / sealing.FILE
    assert set(found) == {file.read_text()}
    assert len(found) == 8
    assert file.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == [sealing.FILE]


def test_a_file_that_settings_name_is_not_made_but_missed_by_name(tmp_path: Path) -> None:
    missing = tmp_path / "keys"
    with pytest.raises(SettingsError, match=str(missing)):
        sealer_of(settings.check({"seal_keys_file": str(missing)}))
    assert not missing.exists()


def test_second_factors_are_off_in_a_demonstration_alone() -> None:
    with pytest.raises(SettingsError) as caught:
        settings.load({"LIANQIN_SECOND_FACTOR": "false"})
    assert caught.value.values == {"key": "second_factor"}
    assert "demo" in caught.value.detail
    assert not settings.load({"LIANQIN_SECOND_FACTOR": "false", "LIANQIN_DEMO": "true"}).second_factor
    assert settings.load({}).second_factor
