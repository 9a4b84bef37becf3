"""What must always be true, rule by rule, over every run or over some: one query for each, one row for each violation.

The rules are numbered as in the design; they stand in ``of_runs``, ``of_payments`` and ``of_orders``. In each query
``b`` is the run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import frappe

from tests.erpnext.audit import of_orders, of_payments, of_runs

_CENT = "0.005"
_LIVE = "('Pending', 'Processing', 'Undoing')"
_SHOWN = 3  # violations of each rule that are named; one would be enough to fail


def rules(*, ended: bool) -> Iterator[tuple[str, str]]:
    """Yield every rule and its query, in which ``{mine}`` stands for the runs that are asked about.

    Args:
        ended: whether what is true only of runs that nobody works any more is wanted too.
    """
    families: tuple[tuple[str | None, Mapping[str, str], Mapping[str, str]], ...] = (
        (None, of_runs.AT_ANY_MOMENT, of_runs.WHEN_ENDED),
        (of_payments.KIND, of_payments.AT_ANY_MOMENT, of_payments.WHEN_ENDED),
        (of_orders.KIND, of_orders.AT_ANY_MOMENT, of_orders.WHEN_ENDED),
    )
    for kind, at_any_moment, when_ended in families:
        of_kind = "{mine}" if kind is None else f"{{mine}} and b.kind = '{kind}'"
        for rule, query in (at_any_moment | when_ended if ended else at_any_moment).items():
            yield rule, query.replace("{mine}", of_kind)


def violations(runs: Sequence[str] | None = None, *, ended: bool) -> list[str]:
    """Return what is wrong, as last committed.

    Args:
        runs: their names; None: all of the site.
        ended: whether nobody is to work them any more.
    """
    if runs is not None and not runs:
        return []
    mine = "true" if runs is None else "b.name in %(runs)s"
    found: list[str] = []
    for rule, query in rules(ended=ended):
        rows = frappe.db.sql(query.format(mine=mine, cent=_CENT, live=_LIVE), {"runs": runs})
        found += [f"{rule}: {', '.join(map(str, row))}" for row in rows[:_SHOWN]]
        found += [f"{rule}: {len(rows) - _SHOWN} more"] * (len(rows) > _SHOWN)
    return found
