"""What happens to the books mid-run that no run did: payments, cancellations, closed periods, lost users."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from imogi_finance.bank_reconciliation.documents import Allocation
from imogi_finance.errors import Conflict, DocumentError, Refused
from imogi_finance.paid_status.doors import InvoiceRef
from imogi_finance.sandbox.books.posting import reverse
from imogi_finance.sandbox.composition import App
from tests.simulation.scene import MANAGER, Scene
from tests.simulation.scheduler import Process
from tests.simulation.users import Doing
from tests.simulation.world import World

ON = date(2026, 3, 16)


def meddling(world: World, what: str, change: Callable[[App], None]) -> Doing:
    """Change the books in one transaction, tried again on a conflict; a refusal is fine."""

    def main(process: Process, app: App) -> None:
        for _ in range(6):
            try:
                with app.rows.transaction():
                    app.users.acting, app.users._may_write = MANAGER, True
                    change(app)
            except Conflict:
                app.clock.sleep(0.1)
                continue
            except (DocumentError, Refused) as refused:
                world.note(f"{what}: {refused}")
                return
            world.count(f"other: {what}")
            world.note(f"other: {what}")
            return

    return main


def changes(world: World, scene: Scene) -> dict[str, Callable[[App], None]]:
    """Return what others may do, by name."""
    rng = scene.plan.rng
    ref = rng.choice(scene.invoices)
    part = rng.choice((None, "0.01"))
    statement = rng.choice(scene.transactions)
    acts: dict[str, Callable[[App], None]] = {
        "invoice paid in cash": lambda app: _pay(app, world.being_paid or ref, "Cash", part),
        "invoice paid by bank": lambda app: _pay(app, world.being_paid or ref, "Bank", part),
        "invoice cancelled": lambda app: _cancel_invoice(app, ref.doctype, ref.name),
        "bank transaction cancelled": lambda app: _cancel_statement(app, statement),
        "bank transaction unreconciled": lambda app: _unreconcile(app, statement),
        "user disabled": lambda app: _disable(app),
        "period closed": lambda app: _close(app),
        "payment of a run cancelled": lambda app: _cancel_latest(app),
    }
    if scene.vouchers:
        voucher = rng.choice(scene.vouchers)
        acts["voucher cancelled"] = lambda app: app.books.cancel_payment(voucher)
        acts["voucher allocated"] = lambda app: _allocate(app, rng.choice(scene.transactions), voucher)
    return acts


def _pay(app: App, ref: InvoiceRef, account_type: str, amount: str | None) -> None:
    app.company.pay_invoice(ref, account_type=account_type, amount=amount, on=ON)


def _cancel_invoice(app: App, doctype: str, name: str) -> None:
    """As ERPNext does: an invoice with a live payment cannot be cancelled."""
    row = app.rows.lock("invoice", doctype, name)
    assert row is not None
    for reference in app.rows.select("payment_reference", {"doctype": doctype, "invoice": name}):
        payment = app.rows.get("payment", reference["payment"])
        if payment is not None and payment["docstatus"] == 1:
            raise DocumentError(name, "It is paid.")
    if row["docstatus"] == 1:
        app.rows.update("invoice", (doctype, name), {"docstatus": 2, "status": "Cancelled", "outstanding": 0})
        reverse(app.rows, doctype, name)


def _cancel_statement(app: App, name: str) -> None:
    app.books.cancel_transaction(name)


def _unreconcile(app: App, name: str) -> None:
    app.books.unreconcile(name)


def _close(app: App) -> None:
    if app.rows.get("setting", "closed_until") is None:
        app.rows.insert("setting", {"name": "closed_until", "value": "2026-03-31"})


def _disable(app: App) -> None:
    app.rows.update("user", (MANAGER,), {"enabled": 0})


def _cancel_latest(app: App) -> None:
    made = [row["name"] for row in app.rows.select("payment", {"docstatus": 1}) if row["batch_run"]]
    if not made:
        raise DocumentError("Payment Entry", "No run has made one.")
    app.books.cancel_payment(made[-1])


def _allocate(app: App, statement: str, voucher: str) -> None:
    transaction = app.books.bank_transaction(statement)
    assert transaction is not None
    app.books.allocate(transaction, [Allocation(voucher, app.books.vouchers([voucher])[voucher].open_amount)])


def turning_clocks(world: World) -> Doing:
    """Move all clocks, or a single process's, by an hour, and back a while later."""
    rng = world.plan.rng
    hours, alone, lasting = rng.choice((-3600.0, 3600.0)), rng.random() < 0.5, rng.choice((0.5, 5.0, 30.0))

    def main(process: Process, app: App) -> None:
        others = [p for p in world.scheduler.processes if p.name.startswith(("worker", "sweeper", "user"))]
        moved = rng.choice(others) if alone and others else None
        if not world.faulty:
            return
        world.count(f"fault: clock {'on' if hours > 0 else 'back'} an hour")
        if moved is not None:
            moved.clock_offset = hours
        else:
            world.scheduler.clock_offset = hours
        world.scheduler.park(world.scheduler.now + lasting)
        if moved is not None:
            moved.clock_offset = 0.0
        world.scheduler.clock_offset = 0.0

    return main
