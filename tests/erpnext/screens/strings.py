"""Every text of the app that a person reads in the Desk, found in its files: code, DocTypes, reports, workspace."""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

import imogi_finance

APP = Path(imogi_finance.__file__).parent
TRANSLATIONS = APP / "translations" / "id.csv"
# The sandbox speaks English only; what vendors wrote is theirs.
_LEFT_OUT = (APP / "sandbox", APP / "public" / "js" / "vendor")

# __("text"), t("text"), `text` without a placeholder in it; quotes of either kind.
_JS_CALL = re.compile(r"""(?<![\w.$])(?:__|t)\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`((?:[^`\\$]|\\.)*)`)""")
_JS_SENTENCE = re.compile(r'^\t"((?:[^"\\]|\\.)*)",$', re.MULTILINE)
_READ_BY_PEOPLE = ("label", "description", "title")
_NAMED_BY_THEIR_KEY = ("Report", "Workspace", "Number Card", "Dashboard Chart", "DocType", "Role")


def translations() -> dict[str, str]:
    """Return the app's own Indonesian, by English text."""
    with TRANSLATIONS.open(encoding="utf-8", newline="") as file:
        return {row[0]: row[1] for row in csv.reader(file) if row}


def texts() -> dict[str, str]:
    """Return every text with the file it was found in."""
    found: dict[str, str] = {}
    for path in sorted(APP.rglob("*")):
        if any(folder in path.parents for folder in _LEFT_OUT):
            continue
        for text in _texts_of(path):
            if re.search(r"[A-Za-z]{2}", re.sub(r"<[^>]*>|\{\d+\}", "", text)):
                found.setdefault(text, str(path.relative_to(APP)))
    return found


def _texts_of(path: Path) -> Iterator[str]:
    if path.suffix == ".py":
        yield from _python(path.read_text(encoding="utf-8"))
    elif path.suffix == ".js":
        yield from _script(path)
    elif path.suffix == ".json" and path.name != "package.json":
        loaded = json.loads(path.read_text(encoding="utf-8"))
        for document in loaded if isinstance(loaded, list) else [loaded]:
            yield from _document(document)


def _python(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("_", "_lt")
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            yield str(node.args[0].value)


def _script(path: Path) -> Iterator[str]:
    source = path.read_text(encoding="utf-8")
    for groups in _JS_CALL.findall(source):
        yield _unescaped(next(filter(None, groups), ""))
    if path.name == "sentence_list.js":
        yield from map(_unescaped, _JS_SENTENCE.findall(source))


def _unescaped(text: str) -> str:
    return str(json.loads(f'"{text}"')) if '"' not in text.replace('\\"', "") else text


def _document(document: dict[str, object]) -> Iterator[str]:
    kind = document.get("doctype")
    if kind in _NAMED_BY_THEIR_KEY and document.get("name"):
        yield str(document["name"])
    for key in _READ_BY_PEOPLE:
        if document.get(key):
            yield str(document[key])
    if document.get("fieldtype") == "Select":
        yield from filter(None, str(document.get("options") or "").split("\n"))
    if kind == "Workspace":
        for block in json.loads(str(document["content"])):
            if "text" in block["data"]:
                yield re.sub(r"<[^>]*>", "", block["data"]["text"])
    if document.get("format"):  # of a shortcut's count
        yield str(document["format"])
    for value in document.values():
        if isinstance(value, list):
            for part in value:
                if isinstance(part, dict):
                    yield from _document({"doctype": None, **part})


def sentences() -> dict[str, str]:
    """Return the sentences that the engine, the checks and the books say in English, with the file of each.

    They are no translated strings, as portable code knows no language: the Desk recognises them. A place filled in
    by the code stands as ``{0}``, ``{1}``…
    """
    found: dict[str, str] = {}
    for folder in ("batch", "bank_reconciliation", "batch_invoicing", "paid_status", "erpnext_adapter"):
        for path in sorted((APP / folder).rglob("*.py")):
            for text in _sentences_of(ast.parse(path.read_text(encoding="utf-8"))):
                found.setdefault(text, str(path.relative_to(APP)))
    for text in _sentences_of(ast.parse((APP / "errors.py").read_text(encoding="utf-8"))):
        found.setdefault(text, "errors.py")
    return found


def known_sentences() -> list[str]:
    """Return the sentences that the Desk recognises, in its order."""
    source = (APP / "public" / "js" / "desk" / "sentence_list.js").read_text(encoding="utf-8")
    return [_unescaped(text) for text in _JS_SENTENCE.findall(source)]


def _sentences_of(tree: ast.Module) -> Iterator[str]:
    left_out = set(_documentation(tree)) | set(_translated(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):  # what is within it is part of it
            left_out.update(id(part) for part in ast.walk(node) if part is not node)
    for node in ast.walk(tree):
        text = None if id(node) in left_out else _template(node)
        if text and _IS_SENTENCE.match(text) and not _IS_QUERY.match(text):
            yield text


_IS_SENTENCE = re.compile(r"[A-Z{].* .*[.!]$", re.DOTALL)
_IS_QUERY = re.compile(r"\s*(select|update|insert|delete|set|lock)\b", re.IGNORECASE)


def _template(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        places = iter(range(len(node.values)))
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else f"{{{next(places)}}}" for part in node.values
        )
    return None


def _documentation(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield id(first.value)


def _translated(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
            yield from (id(part) for part in ast.walk(node))
