"""Whatever is typed: one JSON object or plain words, the right exit code, and never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from imogi_finance.sandbox.cli import main

from .terminal import Terminal

USAGE_ERRORS = [
    ["nonsense"],
    ["show"],
    ["show", "nonsense"],
    ["show", "invoices", "--nonsense"],
    ["show", "invoices", "--limit", "0"],
    ["show", "invoices", "--status", "Lost"],
    ["reconcile"],
    ["reconcile", "BT-00001"],
    ["reconcile", "BT-00001", "--all", "--invoice", "PINV-00001"],
    ["reconcile", "BT-00001", "--all", "--chunk", "0"],
    ["pay", "PINV-00001"],
    ["pay", "PINV-00001", "--from", "purse"],
    ["pay", "PINV-00001", "--from", "cash", "--date", "20260101"],
    ["run", "items", "RUN-00001", "--status", "Lost"],
    ["serve", "--port", "99999"],
    ["worker", "--count", "0"],
    ["import", "statement", "x", "--format", "pdf"],
]


@pytest.mark.parametrize("words", USAGE_ERRORS, ids=" ".join)
def test_a_usage_error_is_one_json_object_with_exit_code_2(terminal: Terminal, words: list[str]) -> None:
    result = CliRunner().invoke(main, [*words, "--json"])
    assert result.exit_code == 2
    answer = json.loads(result.stdout)
    assert answer["error"]["problems"][0]["rule"] == "usage"
    plain = CliRunner().invoke(main, words)
    assert (plain.exit_code, plain.stdout) == (2, "")
    assert "Traceback" not in plain.stderr
    assert "--help" in plain.stderr


COMMANDS = [
    [],
    *([name] for name in ("init", "reconcile", "pay", "cancel-payment", "unreconcile", "serve", "worker", "demo")),
    *(["show", name] for name in ("invoices", "payments", "transactions", "runs", "ledger")),
    *(["import", name] for name in ("invoices", "statement")),
    *(["run", name] for name in ("status", "cancel", "retry", "items")),
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_help_and_takes_home_and_json(words: list[str]) -> None:
    result = CliRunner().invoke(main, [*words, "--help"])
    assert result.exit_code == 0
    if words:
        assert "--home DIR" in result.stdout
        assert "--json" in result.stdout
        answer = json.loads(CliRunner().invoke(main, [*words, "--json", "--help"]).stdout)
        assert answer["help"].startswith("Usage: ")


def test_nothing_typed_is_answered_with_the_commands(terminal: Terminal) -> None:
    result = CliRunner().invoke(main, [])
    assert result.exit_code == 2
    assert "demo" in result.output


@pytest.mark.parametrize("view", ["invoices", "payments", "transactions", "runs", "ledger"])
def test_an_empty_company_is_shown_without_trouble(terminal: Terminal, view: str) -> None:
    terminal.json("init")
    assert isinstance(terminal.json("show", view), dict)
    assert terminal.run("show", view).exit_code == 0


def test_tables_keep_amounts_whole_on_a_narrow_line(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal.json("init", "--sample", "10")
    amounts = [row["grand_total"] for row in terminal.json("show", "invoices")["invoices"]]
    monkeypatch.setenv("COLUMNS", "60")
    shown = terminal.run("show", "invoices").stdout
    for amount in amounts:
        assert f"{amount / 100:,.2f}" in shown
    assert "PINV-00001" in shown


def test_markup_and_escapes_in_names_are_shown_not_obeyed(terminal: Terminal) -> None:
    terminal.json("init", "--sample", "3")
    rows = terminal.rows()
    with rows.transaction():
        rows.update("invoice", ("Purchase Invoice", "PINV-00001"), {"party": "[red]A[/]\x1b[2J"})
    rows.close()
    shown = terminal.run("show", "invoices").stdout
    assert "[red]A[/]" in shown
    assert "\x1b" not in shown


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONWARNINGS": "default"}


def test_a_reader_that_leaves_early_is_no_error(terminal: Terminal) -> None:
    terminal.json("init", "--sample", "300")
    show = f'"{sys.executable}" -m imogi_finance.sandbox.cli show invoices --limit 5000 --home "{terminal.home.path}"'
    done = subprocess.run(f"{show} | head -n 1", shell=True, capture_output=True, text=True, env=environment())
    assert done.stderr == ""
    assert done.stdout.startswith("Invoice")


def test_looking_needs_no_redis(terminal: Terminal) -> None:
    terminal.json("init", "--sample", "3")
    command = [sys.executable, "-m", "imogi_finance.sandbox.cli", "show", "ledger", "--home", str(terminal.home.path)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment() | {"PATH": ""})
    assert (done.returncode, done.stderr) == (0, "")
    assert "The ledger balances" in done.stdout
    assert not terminal.home.redis_folder.exists()
