"""What must always be true of a run, worked out from its rows alone (I1, I4, I5, I7, I10).

Like ``oracle.py`` this calls none of the app's code: statuses and edges are written out again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from tests.support.oracle import Row, Tables
from tests.support.order_oracle import broken_billing

LIVE = frozenset({"Pending", "Processing", "Undoing"})
EDGES = frozenset(
    {
        ("Pending", "Processing"),
        ("Processing", "Completed"),
        ("Processing", "Completed with Errors"),
        ("Processing", "Undoing"),
        ("Processing", "Cancelled"),
        ("Undoing", "Failed"),
        ("Undoing", "Cancelled"),
        ("Undoing", "Needs Attention"),
        ("Needs Attention", "Undoing"),
        ("Completed with Errors", "Pending"),
        ("Cancelled", "Pending"),
    }
)
ENDED_ITEMS = {
    "Completed": {"Succeeded"},
    "Completed with Errors": {"Succeeded", "Failed"},
    "Failed": {"Failed", "Skipped", "Undone"},
    "Cancelled": {"Failed", "Skipped", "Undone"},
    "Needs Attention": {"Failed", "Skipped", "Undone", "Undo Failed"},
}


def broken_run(tables: Tables, name: str, *, per_item: bool) -> Iterator[str]:
    """Yield what is wrong with a run.

    Args:
        per_item: whether its kind keeps the items that succeed when others fail.
    """
    run = tables["batch_run"][name,]
    items = [row for (of, _), row in tables["batch_item"].items() if of == name]
    for problem in (
        *_counters(run, items, per_item),
        *(broken_billing if run["kind"] == "Batch Invoicing" else _documents)(tables, run, items),
        *_keys(run, items, per_item),
        *(_end(tables, run, items, per_item) if run["status"] not in LIVE else ()),
    ):
        yield f"{name} ({run['status']}): {problem}"


def wrong_edge(old: str, new: str, *, per_item: bool) -> bool:
    """Whether a run may not go from one status to another: only a per-item run that was cancelled is resumed."""
    return (old, new) not in EDGES or (old == "Cancelled" and not per_item)


def _counters(run: Row, items: Sequence[Row], per_item: bool) -> Iterator[str]:
    have = Counter(item["status"] for item in items)
    wanted = {
        "total": len(items),
        "succeeded": have["Succeeded"] + have["Undone"] + have["Undo Failed"],
        "failed": have["Failed"],
        "undone": have["Undone"],
        "undo_failed": have["Undo Failed"],
    }
    if run["status"] in ("Pending", "Processing", "Completed", "Completed with Errors"):
        wanted["processed"] = len(items) - have["Pending"]
    if run["status"] == "Cancelled" and per_item:  # from where it can be resumed
        wanted["processed"] = len(items) - sum(map(_is_cut_off, items))
    if run["status"] in ("Undoing", "Failed", "Needs Attention"):
        wanted["to_undo"] = wanted["succeeded"]
    for counter, count in wanted.items():
        if run[counter] != count:
            yield f"{counter} is {run[counter]}, the items say {count}"
    if per_item and (have["Undone"] or have["Undo Failed"]):
        yield "a per-item run has undone what succeeded"


def _is_cut_off(item: Row) -> bool:
    """Whether a cancel came before the item; those left out for a reason say it."""
    return item["status"] == "Skipped" and item["error"] is None


def _documents(tables: Tables, run: Row, items: Sequence[Row]) -> Iterator[str]:
    """I1, I10: an item has at most one live payment, which says what the item says."""
    by_result: dict[str, list[Row]] = defaultdict(list)
    for item in items:
        has_result = item["status"] in ("Succeeded", "Undone", "Undo Failed")
        if has_result != (item["result_name"] is not None):
            yield f"item {item['position']} is {item['status']} with result {item['result_name']}"
        elif has_result:
            by_result[item["result_name"]].append(item)
    for payment, stands_for in by_result.items():
        row = tables["payment"].get((payment,))
        if row is None:
            yield f"its payment {payment} does not exist"
        elif stands_for[0]["reference_doctype"] == "Payment Entry":
            if payment != stands_for[0]["reference_name"] or len(stands_for) > 1:
                yield f"voucher {stands_for[0]['reference_name']} stands as {payment}"
        elif row["batch_run"] != run["name"]:
            yield f"its payment {payment} was made for {row['batch_run']}"
        elif row["docstatus"] == 1 and stands_for[0]["status"] == "Undone":
            yield f"its payment {payment} is undone and lives"
    made = [row for row in tables["payment"].values() if row["batch_run"] == run["name"]]
    for row in made:
        if row["owner"] != run["requested_by"]:
            yield f"I10: {row['name']} belongs to {row['owner']}, asked for by {run['requested_by']}"
        if row["docstatus"] == 1:
            yield from _says_what_its_items_say(tables, row, by_result.get(row["name"], []))


def _says_what_its_items_say(tables: Tables, payment: Row, items: Sequence[Row]) -> Iterator[str]:
    if not items or {item["status"] for item in items} - {"Succeeded", "Undo Failed"}:
        yield f"I1: {payment['name']} lives, of items {[(i['position'], i['status']) for i in items]}"
    paid = Counter(
        {
            (row["doctype"], row["invoice"]): abs(row["allocated"])
            for row in tables["payment_reference"].values()
            if row["payment"] == payment["name"]
        }
    )
    asked = {(item["reference_doctype"], item["reference_name"]): round(float(item["amount"]) * 100) for item in items}
    if paid != asked or payment["amount"] != sum(asked.values()):
        yield f"I1: {payment['name']} of {payment['amount']} pays {dict(paid)}, its items ask {asked}"


def _keys(run: Row, items: Sequence[Row], per_item: bool) -> Iterator[str]:
    """A live run holds the documents it may yet touch; an ended one those it could not undo."""
    live = run["status"] in LIVE
    if (run["live_key"] is not None) != (live and bool(run["holds_document"])):
        yield f"its own live key is {run['live_key']}"
    for item in items:
        held = item["live_key"] is not None
        if live and not held and (item["status"] == "Pending" or (item["status"] == "Succeeded" and not per_item)):
            yield f"item {item['position']} ({item['status']}) is not held"
        if not live and held != (item["status"] == "Undo Failed"):
            yield f"the live key of item {item['position']} ({item['status']}) is {item['live_key']}"


def _end(tables: Tables, run: Row, items: Sequence[Row], per_item: bool) -> Iterator[str]:
    """I4, I5: how a run may end."""
    allowed = ENDED_ITEMS[run["status"]] | ({"Succeeded", "Skipped"} if per_item else set())
    strange = {item["status"] for item in items} - allowed
    if per_item and run["status"] != "Cancelled" and any(map(_is_cut_off, items)):
        yield "it was not cancelled, and left an item out without a reason"
    if strange:
        yield f"I4: it has ended with items {sorted(strange)}"
    if run["lease_holder"] is not None or run["lease_expires_at"] is not None or run["ended_at"] is None:
        yield f"it has ended and is held by {run['lease_holder']}"
    if run["status"] == "Failed" and not run["error"]:
        yield "it failed and does not say why"
    if run["status"] == "Completed with Errors" and not (run["failed"] or run["error"]):
        yield "it has no errors"
    for item in items:
        if item["status"] in ("Failed", "Undo Failed") and not item["error"]:
            yield f"I4: item {item['position']} is {item['status']} and does not say why"
    if run["status"] in ("Failed", "Cancelled") and not per_item:
        left = [
            row["name"]
            for row in tables["payment"].values()
            if row["batch_run"] == run["name"] and row["docstatus"] == 1
        ]
        if left:
            yield f"I5: it was undone and {left} live"


def shared_documents(tables: Tables, per_item: frozenset[str]) -> Iterator[str]:
    """Yield each document that two live runs may touch at the same time.

    Args:
        per_item: the kinds that keep what succeeds.
    """
    held: dict[tuple[str, str], set[str]] = defaultdict(set)
    runs = {row["name"]: row for row in tables["batch_run"].values() if row["status"] in LIVE}
    for row in runs.values():
        if row["holds_document"]:
            held[row["reference_doctype"], row["reference_name"]].add(row["name"])
    for item in tables["batch_item"].values():
        run = runs.get(item["run"])
        if run is None:
            continue
        if item["status"] == "Pending" or (item["status"] == "Succeeded" and run["kind"] not in per_item):
            held[item["reference_doctype"], item["reference_name"]].add(item["run"])
    for document, names in held.items():
        if len(names) > 1:
            yield f"{document} is in {sorted(names)} at once"


def unreconciled(tables: Tables, name: str) -> Iterator[str]:
    """Yield what a run that has this moment completed left unpaid or unallocated (I4)."""
    run = tables["batch_run"][name,]
    asked: dict[str, int] = defaultdict(int)
    for item in tables["batch_item"].values():
        if item["run"] == name:
            asked[item["result_name"] or f"item {item['position']}"] += round(float(item["amount"]) * 100)
    allocated: dict[str, int] = defaultdict(int)
    for row in tables["bank_transaction_payment"].values():
        if row["bank_transaction"] == run["reference_name"]:
            allocated[row["payment"]] += row["allocated"]
    for payment, amount in asked.items():
        if allocated.get(payment, 0) < amount:
            yield f"I4: {name} completed with {allocated.get(payment, 0)} of {amount} allocated for {payment}"
