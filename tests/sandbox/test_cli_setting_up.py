"""``init`` makes a home in full or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from imogi_finance.sandbox import sample
from imogi_finance.sandbox.home import Home

from .terminal import Terminal


def test_init_makes_a_company_and_says_what_is_next(terminal: Terminal) -> None:
    result = terminal.run("init", "--company", "PT Uji Coba")
    assert result.exit_code == 0
    assert "PT Uji Coba is ready" in result.stdout
    assert terminal.json("show", "invoices")["total"] == 0


def test_init_with_a_sample_names_the_bank_transaction_to_reconcile(terminal: Terminal) -> None:
    answer = terminal.json("init", "--sample", "20", "--seed", "7")
    assert answer["sample"]["unpaid"] == 20
    assert answer["sample"]["withdrawal"] == "BT-00001"
    assert terminal.json("show", "transactions")["total"] == 2


def test_the_acting_user_is_the_operating_systems(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "dewi")
    assert terminal.json("init", "--sample", "3")["user"] == "dewi"
    assert terminal.json("reconcile", "BT-00001", "--all", "--in-process")["requested_by"] == "dewi"


def test_another_user_is_refused(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal.json("init", "--sample", "3")
    monkeypatch.setenv("LOGNAME", "eve")
    terminal.refused("show", "invoices", rule="not_permitted")
    terminal.refused("pay", "PINV-00001", "--from", "cash", rule="not_permitted")


def test_a_home_that_exists_is_refused(terminal: Terminal) -> None:
    terminal.json("init")
    terminal.refused("init", rule="sandbox_exists")


def test_a_home_that_does_not_exist_is_refused_with_the_command_that_makes_one(terminal: Terminal) -> None:
    for words in (
        ["show", "ledger"],
        ["reconcile", "BT-1", "--all"],
        ["run", "status", "RUN-1"],
        ["serve"],
        ["worker"],
    ):
        assert "imogi-finance init" in terminal.refused(*words, rule="no_sandbox")
    assert not terminal.home.path.exists()


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (("--currency", "Rupiah"), "currency"),
        (("--company", " "), "company_name"),
        (("--company", "A\x1bB"), "company_name"),
        (("--sample", "0"), "usage"),
        (("--sample", "many"), "usage"),
    ],
)
def test_what_is_no_company_is_refused_and_nothing_made(terminal: Terminal, words: tuple[str, ...], rule: str) -> None:
    terminal.refused("init", *words, rule=rule)
    assert not terminal.home.exists


def test_an_init_that_breaks_off_leaves_no_sandbox(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(sample._Writer, "_bank_line", broken)
    error = terminal.json("init", "--sample", "3", code=1)["error"]
    assert "No space left" in error["message"]
    assert not terminal.home.exists
    assert list(terminal.home.path.iterdir()) == []


def test_a_home_below_a_file_is_a_clear_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    terminal = Terminal(Home.at(tmp_path / "file" / "home"))
    assert "Not a directory" in terminal.json("init", code=1)["error"]["message"]


def test_a_database_that_is_none_is_a_clear_failure(terminal: Terminal) -> None:
    terminal.home.path.mkdir()
    for content in (b"", b"this is no database, whatever its name says" * 200):
        terminal.home.database.write_bytes(content)
        result = terminal.run("show", "invoices")
        assert result.exit_code == 1
        assert "Traceback" not in result.output
        assert terminal.json("show", "invoices", code=1)["error"]["problems"] == []


def test_invoices_become_overdue_when_the_day_comes(terminal: Terminal) -> None:
    terminal.json("init", "--sample", "10")
    rows = terminal.rows()
    with rows.transaction():
        rows.update_where("invoice", {}, {"due_date": "2020-01-01", "status": "Unpaid"})
        rows.update("setting", ("statuses refreshed on",), {"value": "2020-01-01"})
    rows.close()
    unpaid = terminal.json("show", "invoices", "--status", "unpaid")["total"]
    assert unpaid == 0
    assert terminal.json("show", "invoices", "--status", "overdue")["total"] >= 10
