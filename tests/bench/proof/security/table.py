"""The security table, and what it must match: the app's whitelisted functions as they are written and as they run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.host import ROOT
from tests.bench.workbench import Workbench

APP = "imogi_finance"
TABLE = Path(__file__).with_name("functions.md")
_METHODS = ["GET", "POST", "PUT", "DELETE"]  # what Frappe takes where a function names none


@dataclass(frozen=True)
class Row:
    """One whitelisted function.

    Args:
        function: its path below the app's package; " of …" behind it says what sort of document the row is about.
        methods: the HTTP methods it takes.
        asked: the rights that are checked, and on what.
        expected: by kind of user, an HTTP status, with "=" where the answer is that for a missing document.
    """

    function: str
    methods: frozenset[str]
    asked: str
    expected: dict[str, str]

    @property
    def name(self) -> str:
        """The function alone."""
        return self.function.partition(" of ")[0]

    @property
    def path(self) -> str:
        return f"{APP}.{self.name}"

    @property
    def changes(self) -> bool:
        """Whether it may change something: it then takes no GET."""
        return "GET" not in self.methods


def rows(table: Path = TABLE) -> dict[str, Row]:
    """Read the table."""
    found, head = {}, None
    for line in table.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if not cells or set(line) <= set("|-"):
            continue
        if cells[0] in ("function", "kind of user"):
            head = cells if cells[0] == "function" else None
        elif head:
            assert len(cells) == len(head), f"{table.name}: {line}"
            function, methods, asked, *expected = cells
            assert function not in found, f"{table.name} names {function} twice"
            found[function] = Row(
                function, frozenset(methods.split()), asked, dict(zip(head[3:], expected, strict=True))
            )
    return found


def written(source: Path = ROOT / APP) -> dict[str, frozenset[str]]:
    """Return the functions that the source declares as whitelisted, with the HTTP methods they take."""
    found = {}
    for path in sorted(source.rglob("*.py")):
        module = ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")
        for name, node in _functions(ast.parse(path.read_text()), module):
            for decorator in node.decorator_list:
                methods = _whitelisted(decorator)
                if methods is not None:
                    found[name] = methods
    return found


def _functions(tree: ast.AST, prefix: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            yield f"{prefix}.{node.name}", node
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            yield from _functions(node, f"{prefix}.{node.name}")


def _whitelisted(decorator: ast.expr) -> frozenset[str] | None:
    call = decorator.func if isinstance(decorator, ast.Call) else decorator
    if ast.unparse(call) not in ("frappe.whitelist", "whitelist"):
        return None
    named = {one.arg: one.value for one in decorator.keywords} if isinstance(decorator, ast.Call) else {}
    return frozenset(ast.literal_eval(named["methods"]) if "methods" in named else _METHODS)


def at_run_time(bench: Workbench) -> dict[str, tuple[frozenset[str], bool]]:
    """Return the functions that Frappe takes calls for once the app is loaded: methods, and whether guests may."""
    told = bench.inside(
        """
import importlib, pkgutil, imogi_finance
names = [one.name for one in pkgutil.walk_packages(imogi_finance.__path__, "imogi_finance.")]
for name in names:
    if not name.startswith("imogi_finance.sandbox"):
        importlib.import_module(name)
answer = [
    [f"{function.__module__}.{function.__qualname__}", frappe.allowed_http_methods_for_whitelisted_func[function],
     function in frappe.guest_methods]
    for function in frappe.whitelisted if function.__module__.startswith("imogi_finance")
]
"""
    )
    return {name.removeprefix(f"{APP}."): (frozenset(methods), guests) for name, methods, guests in told}
