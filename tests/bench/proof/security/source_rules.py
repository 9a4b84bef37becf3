"""What the source may not do without a reason: the checks of Frappe's public rules for semgrep, and some of our own.

``python -m tests.bench.proof.security.source_rules`` prints what is found; each must have a row in ``allowed.md``.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.host import ROOT

APP = ROOT / "imogi_finance"
ALLOWED = Path(__file__).with_name("allowed.md")
_NO_FRAPPE = ("sandbox",)  # parts of the app that never run on a site
_CODE = {"eval", "exec", "compile", "__import__", "safe_exec", "safe_eval", "frappe.safe_eval", "os.system", "os.popen"}
_LOADS = {"pickle.loads", "pickle.load", "marshal.loads", "yaml.load", "importlib.import_module", "frappe.get_attr"}
_MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|unsafeHTML|unsafeSVG|document\.write|\beval\(|new Function|\.html\(|srcdoc"
    r"|\.(?:append|prepend|before|after)\(`|\$\(`|set_intro\(|set_headline\(|dashboard\.add_comment\("
)
_SQL = (".sql", ".multisql", ".sql_list", ".sql_ddl", ".execute")
_SAID = ("frappe.throw", "frappe.msgprint", "throw", "msgprint")


@dataclass(frozen=True, order=True)
class Found:
    """A place that a rule speaks of.

    Args:
        rule: its name.
        where: file below the app's package, and the function in it.
    """

    rule: str
    where: str


def findings(app: Path = APP) -> Counter[Found]:
    """Return what the rules find, and how often."""
    found: Counter[Found] = Counter()
    for path in sorted(app.rglob("*.py")):
        file = str(path.relative_to(app))
        for scope, rule in _in_module(ast.parse(path.read_text()), on_site=not file.startswith(_NO_FRAPPE)):
            found[Found(rule, f"{file}:{scope}" if scope else file)] += 1
    for path in sorted(app.rglob("*.js")):
        file = str(path.relative_to(app))
        if "vendor" not in file and "dist" not in path.parts and not file.startswith(_NO_FRAPPE):
            found.update(Found("markup in JavaScript", file) for _ in _MARKUP.findall(path.read_text()))
    return found


def allowed(table: Path = ALLOWED) -> dict[Found, tuple[int, str]]:
    """Read the table of exceptions: how often each is allowed, and why."""
    rows = {}
    for line in table.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 4 and cells[2].isdigit():
            rows[Found(cells[0], cells[1])] = (int(cells[2]), cells[3])
    return rows


def differences(app: Path = APP, table: Path = ALLOWED) -> list[str]:
    """Return what is found without a row, found otherwise than its row says, or has a row and is not found any more."""
    found, rows = findings(app), allowed(table)
    told = [f"{one.rule}: {one.where}, {times} times, has no row" for one, times in found.items() if one not in rows]
    for one, (times, reason) in rows.items():
        if found[one] != times:
            told.append(f"{one.rule}: {one.where} is found {found[one]} times, its row says {times}")
        if len(reason) < 10:
            told.append(f"{one.rule}: {one.where} has no reason")
    return sorted(told)


def _in_module(tree: ast.Module, *, on_site: bool) -> Iterator[tuple[str, str]]:
    imported = {
        name.asname or name.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in node.names
    }
    futures = any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)
    written = {
        f"{scope}.{node.name}".lstrip("."): _written_names(node)
        for scope, node in _nodes(tree, "")
        if isinstance(node, ast.FunctionDef)
    }
    for scope, node in _nodes(tree, ""):
        for rule, holds in _ALWAYS.items():
            if holds(node):
                yield scope, rule
        if not on_site:
            continue
        for rule, holds in _ON_SITE.items():
            if holds(node):
                yield scope, rule
        if _sql_formatted(node, written.get(scope, ())):
            yield scope, "SQL that is put together"
        if (
            not scope
            and isinstance(node, ast.Assign)
            and re.search(r"\bfrappe\.(db|get_|cache|local|conf|flags|qb|lang)", ast.unparse(node.value))
        ):
            yield scope, "read once for all sites"
        if _patches(node, imported):
            yield scope, "patches another's code"
        if isinstance(node, ast.FunctionDef):
            for rule in _of_whitelisted(node, futures):
                yield f"{scope}.{node.name}".lstrip("."), rule


def _nodes(node: ast.AST, scope: str) -> Iterator[tuple[str, ast.AST]]:
    for child in ast.iter_child_nodes(node):
        yield scope, child
        inner = scope
        if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
            inner = f"{scope}.{child.name}".lstrip(".")
        yield from _nodes(child, inner)


def _call(node: ast.AST) -> str:
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def _keyword(node: ast.AST, name: str) -> ast.expr | None:
    found = [one.value for one in node.keywords if one.arg == name] if isinstance(node, ast.Call) else []
    return found[0] if found else None


def _is_formatted(text: ast.AST) -> bool:
    """Whether a text is put together where it stands: SQL of it holds more than what was written."""
    if isinstance(text, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in text.values)
    if isinstance(text, ast.BinOp):
        return isinstance(text.op, (ast.Mod, ast.Add))
    return isinstance(text, ast.Call) and _call(text).endswith(".format")


def _sql_formatted(node: ast.AST, written: Collection[str] = ()) -> bool:
    """Whether a statement holds more than what was written and constants of the module (``tab{RUN}``).

    Args:
        written: local names that hold nothing else either.
    """
    called = _call(node)
    if not isinstance(node, ast.Call) or not node.args or not called.endswith(_SQL):
        return False
    return not _is_written(node.args[0], written)


def _is_written(text: ast.AST, written: Collection[str]) -> bool:
    if isinstance(text, ast.JoinedStr):
        parts = [part.value for part in text.values if isinstance(part, ast.FormattedValue)]
        return all(_is_written(part, written) for part in parts)
    if isinstance(text, (ast.Name, ast.Attribute)):
        name = ast.unparse(text)
        return name in written or name.rpartition(".")[2].lstrip("_").isupper()
    return isinstance(text, ast.Constant)


def _written_names(function: ast.FunctionDef) -> set[str]:
    """Return the local names of a function that are given a value once, and that as it was written."""
    given: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            given.setdefault(node.targets[0].id, []).append(node.value)
    taken = {one.arg for one in (*function.args.args, *function.args.kwonlyargs)}
    return {
        name for name, values in given.items() if len(values) == 1 and name not in taken and _is_written(values[0], ())
    }


def _ignores_permissions(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return any(
            one.arg == "ignore_permissions" and not (isinstance(one.value, ast.Constant) and not one.value.value)
            for one in node.keywords
        )
    return isinstance(node, ast.Assign) and any("ignore_permissions" in ast.unparse(target) for target in node.targets)


def _untranslated(node: ast.AST) -> bool:
    if _call(node) not in _SAID or not isinstance(node, ast.Call):
        return False
    said = [*node.args[:1], _keyword(node, "title")]
    return any(isinstance(text, (ast.Constant, ast.BinOp)) and "_(" not in ast.unparse(text) for text in said if text)


def _translates_badly(node: ast.AST) -> bool:
    if _call(node) not in ("_", "frappe._") or not isinstance(node, ast.Call) or not node.args:
        return False
    text = node.args[0]
    if isinstance(text, ast.Constant) and isinstance(text.value, str):
        return not text.value or text.value != text.value.strip()
    return _is_formatted(text)


def _patches(node: ast.AST, imported: set[str]) -> bool:
    if not isinstance(node, (ast.Assign, ast.AugAssign)):
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    for target in targets:
        root = target
        while isinstance(root, ast.Attribute):
            root = root.value
        name = ast.unparse(target)
        if not isinstance(target, ast.Attribute) or not isinstance(root, ast.Name) or root.id not in imported:
            continue
        if not name.startswith(("frappe.local.", "frappe.flags.")):
            return True
    return False


def _of_whitelisted(node: ast.FunctionDef, futures: bool) -> Iterator[str]:
    told = [ast.unparse(one) for one in node.decorator_list if "whitelist" in ast.unparse(one)]
    if not told:
        return
    if "allow_guest" in told[0]:
        yield "open to guests"
    if "methods=" not in told[0]:
        yield "takes every HTTP method"
    if futures or any(one.annotation is None for one in (*node.args.args, *node.args.kwonlyargs) if one.arg != "self"):
        yield "arguments that Frappe does not check"
    if "xss_safe" in told[0]:
        yield "arguments that Frappe does not clean"


_ALWAYS: dict[str, Callable[[ast.AST], bool]] = {
    "runs code that is data": lambda node: _call(node) in _CODE or _keyword(node, "shell") is not None,
    "loads what a text names": lambda node: _call(node) in _LOADS,
    "swallows every error": lambda node: (
        isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) == "BaseException")
        and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
    ),
}
_ON_SITE: dict[str, Callable[[ast.AST], bool]] = {
    "permissions left out": _ignores_permissions,
    "reads without permission": lambda node: (
        _call(node) in ("frappe.get_all", "frappe.db.get_all", "frappe.db.get_list")
    ),
    "acts as another user": lambda node: _call(node) in ("frappe.set_user", "set_user"),
    "commits or rolls back": lambda node: _call(node).endswith(("db.commit", "db.rollback")),
    "job for the queue": lambda node: _call(node) in ("frappe.enqueue", "frappe.enqueue_doc", "enqueue"),
    "event for everybody": lambda node: (
        _call(node).endswith("publish_realtime")
        and not any(_keyword(node, name) for name in ("room", "user", "doctype", "docname"))
    ),
    "cache of all sites": lambda node: bool(re.fullmatch(r"frappe\.cache(\(\))?\.(set|get)", _call(node))),
    "said untranslated": _untranslated,
    "translated after it was put together": _translates_badly,
    "shows its SQL": lambda node: _keyword(node, "debug") is not None,
    "overwrites Frappe's own": lambda node: (
        isinstance(node, ast.Assign)
        and any(
            re.fullmatch(
                r"frappe\.(db|qb|conf|form_dict|request|response|session|user|flags|lang)", ast.unparse(target)
            )
            for target in node.targets
        )
    ),
}

RULES = (
    *_ALWAYS,
    *_ON_SITE,
    *(
        "SQL that is put together",
        "markup in JavaScript",
        "read once for all sites",
        "patches another's code",
        "open to guests",
    ),
    *("takes every HTTP method", "arguments that Frappe does not check", "arguments that Frappe does not clean"),
)


if __name__ == "__main__":
    for one, times in sorted(findings().items()):
        sys.stdout.write(f"| {one.rule} | {one.where} | {times} | {allowed().get(one, (0, ''))[1]} |\n")
