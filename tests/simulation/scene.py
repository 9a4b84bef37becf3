"""What is there before a simulation starts: a company, its invoices, vouchers and statement lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from imogi_finance.bank_reconciliation.documents import PaymentLine
from imogi_finance.paid_status.doors import InvoiceRef
from imogi_finance.sandbox.company import NewBankTransaction, NewInvoice
from imogi_finance.sandbox.composition import App, compose
from imogi_finance.sandbox.users import WATCHER
from tests.simulation.plan import Plan
from tests.simulation.world import World
from tests.support.doors import FixedClock, Silence, SilentQueue

COMPANY, MANAGER, DEPUTY, VIEWER, STRANGER = "Acme", "ana", "ben", "vic", "sam"
_DAY, _LONG_AGO, _LATER = date(2026, 3, 10), date(2026, 1, 31), date(2026, 12, 31)


@dataclass
class Scene:
    """The names of what there is.

    Args:
        transactions: bank transactions that pay ``invoices`` and ``vouchers``.
        purchases: purchase invoices that are no returns, for the cash round.
    """

    plan: Plan
    outgoing: bool
    transactions: list[str] = field(default_factory=list)
    invoices: list[InvoiceRef] = field(default_factory=list)
    vouchers: list[str] = field(default_factory=list)
    purchases: list[InvoiceRef] = field(default_factory=list)
    outstanding: dict[InvoiceRef, Decimal] = field(default_factory=dict)


def set_scene(world: World) -> Scene:
    """Make the company of a seed, on a session that nothing disturbs."""
    plan, rng = world.plan, world.plan.rng
    app = compose(world.database.session(), clock=FixedClock(), queue=SilentQueue(), realtime=Silence())
    scene = Scene(plan, outgoing=rng.random() < 0.7)
    with app.rows.transaction():
        app.company.set_up(COMPANY, currency="IDR", user=MANAGER)
        app.company.add_user(DEPUTY)
        app.company.add_user(VIEWER, WATCHER)
        with app.users.acting_as(MANAGER, undoing=False):
            _add_invoices(app, scene, plan.pick_size())
            _add_vouchers(app, scene, rng.choice((0, 0, 1, 2)))
            _add_transactions(app, scene, 1 + (rng.random() < 0.4))
    world.database.changes.clear()
    return scene


def _add_invoices(app: App, scene: Scene, count: int) -> None:
    rng = scene.plan.rng
    for number in range(count):
        is_return = rng.random() < 0.15
        is_purchase = scene.outgoing != is_return
        ref = _enter(app, scene, number, "Purchase Invoice" if is_purchase else "Sales Invoice", is_return)
        scene.invoices.append(ref)
        if is_purchase and not is_return:
            scene.purchases.append(ref)
        total = scene.outstanding[ref]
        if total > 2 and rng.random() < 0.2:  # partly paid beforehand, by the bank or in cash
            part = (total / 2).quantize(Decimal("0.01"))
            app.company.pay_invoice(ref, account_type=rng.choice(("Bank", "Cash")), amount=part, on=_DAY)
            scene.outstanding[ref] = total - part


def _enter(app: App, scene: Scene, number: int, doctype: str, is_return: bool) -> InvoiceRef:
    rng = scene.plan.rng
    total = Decimal(rng.randint(1, 50_000)) / 100
    invoice = NewInvoice(
        doctype=doctype,
        party=f"Party {rng.randint(1, 3)}",
        posting_date=_LONG_AGO,
        due_date=rng.choice((_LONG_AGO, _LATER)),
        reference=f"R{number}",
        currency="IDR",
        total=total,
        is_return=is_return,
    )
    ref = InvoiceRef(doctype, app.company.add_invoice(COMPANY, invoice))
    scene.outstanding[ref] = total
    return ref


def _add_vouchers(app: App, scene: Scene, count: int) -> None:
    """Enter payments that exist already and wait for their bank statement."""
    doctype = "Purchase Invoice" if scene.outgoing else "Sales Invoice"
    for number in range(count):
        ref = _enter(app, scene, 1000 + number, doctype, is_return=False)
        line = PaymentLine(ref, scene.outstanding.pop(ref))
        scene.vouchers.append(
            app.books.submit_payment(
                [line], account="Bank - IDR", is_outgoing=scene.outgoing, date="2026-03-10", reference_no="", run=None
            )
        )


def _add_transactions(app: App, scene: Scene, count: int) -> None:
    total = sum(scene.outstanding.values(), Decimal(0))
    total += sum((app.books.vouchers(scene.vouchers)[name].amount for name in scene.vouchers), Decimal(0))
    for number in range(count):
        spare = scene.plan.rng.choice((Decimal(0), Decimal(0), Decimal(100)))
        amount = -(total + spare) if scene.outgoing else total + spare
        line = NewBankTransaction("Bank - IDR", _DAY, amount, "IDR", f"line {number}")
        name = app.company.add_bank_transaction(COMPANY, line)
        assert name is not None
        scene.transactions.append(name)
