"""What the terminal shows: tables that fit, text that is measured, and streams that know what they are."""

from __future__ import annotations

import io

import pytest

from imogi_finance.terminal.live import Live, bar
from imogi_finance.terminal.output import Output, Stream
from imogi_finance.terminal.table import Table
from imogi_finance.terminal.text import Line


def shown(table: Table, width: int) -> list[str]:
    return [line.plain for line in table.lines(width)]


def test_a_table_aligns_cuts_and_wraps() -> None:
    table = Table(("Name", "~Party", ">Amount", "/Why"))
    table.add_row(
        "PINV-1", "A very long name of a party indeed", "1,234.50", "It is paid already and so on and so forth"
    )
    table.add_row("PINV-2", "B", "7.00", "")
    table.add_section()
    table.add_row("2 in all", "", "1,241.50", "")
    assert shown(table, 60) == [
        "Name      Party             Amount  Why",
        "─" * 60,
        "PINV-1    A very long n…  1,234.50  It is paid already and",
        "                                    so on and so forth",
        "PINV-2    B                   7.00",
        "─" * 60,
        "2 in all                  1,241.50",
    ]


def test_amounts_and_names_stay_whole_however_narrow_the_line() -> None:
    table = Table(("Name", "~Party", ">Amount"))
    table.add_row("PINV-00001", "Somebody with a name", "123,456,789.00")
    text = "\n".join(shown(table, 10))
    assert "PINV-00001" in text
    assert "123,456,789.00" in text


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("one two three", 7, ["one two", "three"]),
        ("onetwothree", 4, ["onet", "woth", "ree"]),
        ("", 4, [""]),
        ("漢字漢字", 4, ["漢字", "漢字"]),
    ],
)
def test_text_wraps_at_words_and_breaks_what_is_longer(text: str, width: int, lines: list[str]) -> None:
    wrapped = Line(text).wrapped(width)
    assert [line.plain.rstrip() for line in wrapped] == lines
    assert all(line.width <= width + 1 for line in wrapped)  # the space a line ends with is not seen


def test_wide_and_combining_signs_are_measured_in_cells() -> None:
    assert Line("漢字").width == 4
    assert Line("e\u0301").width == 1
    assert Line("漢字漢字").cut(5).plain == "漢字…"


def test_control_characters_are_shown_not_obeyed() -> None:
    assert Line("a\x1b[2Jb\x07").plain == "a�[2Jb�"


@pytest.mark.parametrize(("share", "plain"), [(0, "━━━━"), (0.5, "━━━━"), (0.625, "━━╸━"), (1, "━━━━"), (7, "━━━━")])
def test_a_bar_has_its_width_whatever_its_share(share: float, plain: str) -> None:
    drawn = bar(4, share, "cyan")
    assert drawn.plain == plain
    filled = sum(len(text) for text, style in drawn.spans if style == "cyan")
    assert filled == min(4, round(share * 8 + 0.5) // 2)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_go_to_a_terminal_only_and_not_where_they_are_unwanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    line = Line(("good", "bold green"))
    assert (Stream(_Terminal()).colour, Stream(io.StringIO()).colour) == (True, False)
    assert line.drawn(colour=True) == "\x1b[32m\x1b[1mgood\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert not Stream(_Terminal()).colour


def test_live_lines_are_drawn_over_the_last_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "6")
    monkeypatch.setenv("NO_COLOR", "1")
    file = _Terminal()
    with Live(Stream(file)) as live:
        live.update([Line("first one"), Line("second")])
        live.update([Line("third")])
    written = file.getvalue()
    assert "first…\n" in written
    assert "\x1b[2A\r\x1b[2Kthird\n\x1b[J" in written
    assert written.endswith("\x1b[?25h")


def test_a_suggested_command_names_what_the_user_named() -> None:
    assert Output(as_json=False, options={"--home": "/a b"}).command("worker") == "imogi-finance worker --home '/a b'"
    bench = Output(as_json=False, program="bench --site s imogi-finance", options={"--user": None})
    assert bench.command("run status R") == "bench --site s imogi-finance run status R"
