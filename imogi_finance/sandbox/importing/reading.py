"""Read a text file that came from outside: every way in which it cannot be read has its own words."""

from __future__ import annotations

from pathlib import Path

from imogi_finance.sandbox.importing.problems import refused_file

LARGEST = 100 * 1024 * 1024
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_ARCHIVES = {
    b"PK\x03\x04": "an Excel workbook or a zip archive",
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an Excel workbook",
}


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file, without its byte order mark.

    Raises:
        Refused: there is no such file, it is a directory, unreadable, empty, too large or no UTF-8 text.
    """
    name = path.name or str(path)
    data = _read_bytes(path, name)
    if not data.strip():
        raise refused_file(name, "empty_file", "It is empty.", "Export it again.")
    for start, kind in _ARCHIVES.items():
        if data.startswith(start):
            raise refused_file(name, "not_text", f"It is {kind}, not text.", "Save it as CSV (UTF-8) first.")
    if data.startswith(_UTF16):
        raise refused_file(name, "encoding", "It is in UTF-16.", "Save it as CSV (UTF-8).")
    if b"\x00" in data:
        line = data[: data.index(b"\x00")].count(b"\n") + 1
        raise refused_file(name, "not_text", f"Line {line} holds a NUL byte.", "Export it again, as text.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        byte = f"0x{data[error.start]:02X}"
        message = f"Line {line} is not UTF-8 text (byte {byte})."
        raise refused_file(name, "encoding", message, "Save it as UTF-8.") from error


def _read_bytes(path: Path, name: str) -> bytes:
    try:
        if path.is_dir():
            raise refused_file(name, "not_a_file", "It is a folder.", "Name a file in it.")
        if not path.is_file() and path.exists():
            raise refused_file(name, "not_a_file", "It is not an ordinary file.", "Save it to a file first.")
        size = path.stat().st_size
        if size > LARGEST:
            message = f"It has {size / 1024 / 1024:,.0f} MB; the most is {LARGEST // 1024 // 1024}."
            raise refused_file(name, "too_large", message, "Split it.")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise refused_file(str(path), "no_file", "There is no such file.", "Check its name and folder.") from error
    except PermissionError as error:
        raise refused_file(name, "unreadable", "You may not read it.", "Ask its owner for the right.") from error
    except (OSError, ValueError) as error:  # a name with a NUL in it is a ValueError
        raise refused_file(name, "unreadable", f"It cannot be read: {error}.", "Check the file.") from error
