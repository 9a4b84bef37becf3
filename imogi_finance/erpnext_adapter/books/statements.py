"""What a statement reads and writes, known by its text."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_READ = re.compile(r"[(\s]*(?:select|with)\b", re.IGNORECASE)
_WRITE = re.compile(
    r"(insert|replace|update|delete)\s+(?:(?:ignore\s+)?(?:into|from)\s+)?(?:`([^`]+)`|(\w+))", re.IGNORECASE
)
_NEUTRAL = re.compile(r"(?:savepoint|release\s+savepoint)\b", re.IGNORECASE)
_LOCKS = re.compile(r"\bfor\s+update\b|\block\s+in\s+share\b", re.IGNORECASE)
# what a read may hold, besides locks, that makes its answer more than its rows: variables, functions of the moment
_OF_THE_MOMENT = re.compile(
    r"\binto\b|@|\bcurrent_timestamp\b"
    r"|\b(?:rand|uuid|sleep|now|sysdate|last_insert_id|row_count|found_rows|get_lock)\s*\(",
    re.IGNORECASE,
)
_TABLE = re.compile(r"`((?:tab|__)\w[\w ]*)`|\b(tab[A-Z]\w*|__[A-Z]\w*)\b")
_ONE_ROW = re.compile(r"\bwhere\s+`?name`?\s*=\s*(?:%\((\w+)\)s|'([^'\\%]*)')\s*$", re.IGNORECASE)
_UPDATE_OF_ONE_TABLE = re.compile(r"update\s+(?:`[^`]+`|\w+)\s+set\b", re.IGNORECASE)
_DELETE_FROM_ONE_TABLE = re.compile(
    r"delete\s+from\s+(?:`[^`]+`|\w+)\s+where\b(?!.*\bjoin\b)", re.IGNORECASE | re.DOTALL
)
_ASSIGNMENT = re.compile(r"\s*`?(\w+)`?\s*=(?!=)")
# how Frappe inserts a row
_INSERT = re.compile(r"insert\s+into\s+`[^`]+`\s*\(([`\w,\s]+)\)\s*values\s*\((?:%s|,|\s)+\)\s*", re.IGNORECASE)
# a read that locks rows by their names: once it has found all of them, no one else can change what it would find again
_LOCKING = re.compile(
    r"select\s[\w,\s]+\sfrom\s+`(tab[^`]+)`\s+where\s+name\s+in\s+%\(names\)s(?:\s+order\s+by\s+name)?"
    r"\s+(?:for\s+update|lock\s+in\s+share\s+mode)",
    re.IGNORECASE,
)


class Statement(NamedTuple):
    """What is known of a statement by its text.

    Args:
        reads: the tables of a read that may be remembered; empty for any other statement.
        writes: the table it writes, if it is a plain INSERT, REPLACE, UPDATE or DELETE.
        touches: every table that such a write may change.
        is_neutral: whether it changes nothing that could have been remembered.
        is_read: whether it gives rows, and nothing else, if it locks them or not.
        one_row: name of the parameter that names the one row it writes, where it is one by its name.
        row: that name itself, where the text says it.
        columns: the columns that it writes of that row, where these are known.
        inserts: the columns of a plain insert of one row.
        deletes: whether rows can only become fewer by it.
        locks: the table of a read that locks rows by their names.
    """

    reads: frozenset[str] = frozenset()
    writes: str | None = None
    touches: frozenset[str] = frozenset()
    is_neutral: bool = False
    is_read: bool = False
    one_row: str | None = None
    row: str | None = None
    columns: frozenset[str] = frozenset()
    inserts: tuple[str, ...] = ()
    deletes: bool = False
    locks: str | None = None


@lru_cache(maxsize=4096)
def statement(text: str) -> Statement:
    """Return what a statement, stripped of white space around it, reads or writes."""
    if _READ.match(text):
        if _OF_THE_MOMENT.search(text):
            return Statement(is_neutral=True)
        if not _LOCKS.search(text):
            return Statement(reads=_tables(text), is_neutral=True, is_read=True)
        locking = _LOCKING.fullmatch(text)
        return Statement(is_neutral=True, is_read=True, locks=locking.group(1) if locking else None)
    if written := _WRITE.match(text):
        return _write(text, written.group(1).lower(), written.group(2) or written.group(3))
    return Statement(is_neutral=_NEUTRAL.match(text) is not None)


def _write(text: str, verb: str, table: str) -> Statement:
    if verb == "insert" and (plain := _INSERT.fullmatch(text)):
        columns = tuple(column.strip(" `\n\t") for column in plain.group(1).split(","))
        return Statement(writes=table, touches=frozenset({table}), inserts=columns)
    update = _UPDATE_OF_ONE_TABLE.match(text) if verb == "update" else None
    tables = frozenset({table}) if update else _tables(text) | {table}  # what an update selects from, it only reads
    one_row = _ONE_ROW.search(text) if tables == {table} and verb in ("update", "delete") else None
    columns_of = _assigned(text[update.end() : one_row.start()]) if update and one_row else frozenset()
    return Statement(
        writes=table,
        touches=tables,
        one_row=one_row.group(1) if one_row else None,
        row=one_row.group(2) if one_row else None,
        columns=columns_of,
        deletes=bool(_DELETE_FROM_ONE_TABLE.match(text)),
    )


def _tables(text: str) -> frozenset[str]:
    return frozenset(first or second for first, second in _TABLE.findall(text))


def _assigned(text: str) -> frozenset[str]:
    """Return the columns of assignments ("a = 1, b = (select …)"); none where one of them is not understood."""
    columns = set()
    for part in _parts(text):
        assignment = _ASSIGNMENT.match(part)
        if assignment is None:
            return frozenset()
        columns.add(assignment.group(1))
    return frozenset(columns)


def _parts(text: str) -> list[str]:
    """Return what stands between the commas of a text, but for those in brackets and in quotes."""
    parts, depth, quote, begin, skip = [], 0, "", 0, False
    for at, letter in enumerate(text):
        if skip:
            skip = False
        elif quote:
            skip = letter == "\\"
            quote = "" if letter == quote else quote
        elif letter in "'\"`":
            quote = letter
        elif letter in "()":
            depth += 1 if letter == "(" else -1
        elif letter == "," and not depth:
            parts.append(text[begin:at])
            begin = at + 1
    return [*parts, text[begin:]]
