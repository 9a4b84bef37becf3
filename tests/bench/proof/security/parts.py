"""The checks in order: each with a short form for the bench tests and a long one for ``make bench-security``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.proof.security import (
    doors,
    exposed,
    hostile,
    losing,
    losing_orders,
    markup,
    matrix,
    reporting,
    rooms,
    source_rules,
    writing,
)
from tests.bench.proof.security.findings import Findings
from tests.bench.proof.security.scene import Scene

Check = Callable[[Findings, Scene], None]


@dataclass(frozen=True)
class Part:
    """One part.

    Args:
        long, short: what is run; None leaves the part out.
    """

    name: str
    long: Check
    short: Check | None


def source(findings: Findings, scene: Scene | None) -> None:
    """Compare the source with the rules and their exceptions."""
    for difference in source_rules.differences() or [""]:
        findings.check("source rules", not difference, difference)
    findings.note("source rules", len(source_rules.RULES))
    findings.note("exceptions with a reason", sum(times for times, _ in source_rules.allowed().values()))


PARTS = (
    Part("source rules", source, source),
    Part("security table", matrix.every_function_has_a_row, matrix.every_function_has_a_row),
    Part("what is exposed", exposed.everything_has_a_row, exposed.everything_has_a_row),
    Part(
        "roles by functions by companies",
        matrix.every_cell,
        lambda findings, scene: matrix.every_cell(findings, scene, companies="A"),
    ),
    Part("hidden documents", matrix.hidden_rows, None),
    Part("hidden orders", matrix.hidden_orders, matrix.hidden_orders),
    Part(
        "Frappe's own doors",
        lambda findings, scene: doors.every_door(findings, scene, kinds=("guest", "plain", "viewer", "elsewhere")),
        lambda findings, scene: doors.every_door(findings, scene, kinds=("elsewhere",), companies="A"),
    ),
    Part("the report", reporting.report, reporting.report),
    Part("filters of the report", reporting.hostile_filters, None),
    Part("fields of a run", doors.hidden_fields, doors.hidden_fields),
    Part("GET", writing.by_get, writing.by_get),
    Part("CSRF", writing.without_token, None),
    Part("writes by hand", writing.by_hand, None),
    Part("forged fields", writing.by_forged_fields, writing.by_forged_fields),
    Part(
        "SQL and letters",
        hostile.sql_and_letters,
        lambda findings, scene: hostile.sql_and_letters(findings, scene, full=False),
    ),
    Part("wrong types", hostile.wrong_types, lambda findings, scene: hostile.wrong_types(findings, scene, full=False)),
    Part("huge inputs", hostile.huge, None),
    Part("markup", markup.markup, None),
    Part("realtime rooms", rooms.rooms, None),
    Part(
        "rights lost in the middle",
        losing.rights_lost,
        lambda findings, scene: losing.rights_lost(findings, scene, losses=("role of the app removed",)),
    ),
    Part(
        "rights lost while orders are invoiced",
        losing_orders.rights_lost,
        lambda findings, scene: losing_orders.rights_lost(findings, scene, losses=("ERPNext's roles removed",)),
    ),
)
