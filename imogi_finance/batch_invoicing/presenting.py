"""What a request would become, as dialogs show it, the same in every world.

Amounts are integers in minor units beside ``currency`` and ``exponent`` (how many decimals it has).
"""

from __future__ import annotations

from typing import Any

from imogi_finance.batch_invoicing.judging import Judgement
from imogi_finance.batch_invoicing.request import MOST_NAMED, stored_options
from imogi_finance.errors import Problem
from imogi_finance.money import exponent, to_minor


def judgement_json(judged: Judgement) -> dict[str, Any]:
    """Return how many orders can be invoiced, for how much, and what is said of the first hundred others."""
    ready = judged.ready
    left_out = [judged.left_out[name] for name in judged.names if name in judged.left_out]
    return {
        "company": judged.company,
        "orders": len(judged.names),
        "ready": len(ready),
        "customers": len({order.customer for order in ready}),
        "amount": to_minor(judged.total(), judged.currency),
        "currency": judged.currency,
        "exponent": exponent(judged.currency),
        "left_out": [_problem(problem) for problem in left_out[:MOST_NAMED]],
        "left_out_total": len(left_out),
        "problems": [_problem(problem) for problem in judged.found[:MOST_NAMED]],
        "problems_total": len(judged.found),
        "bad": len(judged.problems),
        "options": stored_options(judged.options),
    }


def _problem(problem: Problem) -> dict[str, str]:
    return dict(vars(problem))
