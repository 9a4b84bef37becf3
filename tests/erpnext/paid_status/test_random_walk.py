"""A random walk over all that users do, in two companies at once: one holds bank payments, the other is plain ERPNext.

After every step the oracle looks at both, and every outstanding amount, ledger row and refusal of the one must be that
of the other: the rule changes statuses and flags, and nothing else. A failing seed, named by the test, replays.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import frappe
import pytest
from frappe.utils import now

from imogi_finance.erpnext_adapter import drift
from tests.erpnext.office import ErpOffice
from tests.erpnext.paid_status import desk, later
from tests.erpnext.paid_status.looking import INVOICES, invoice, overdue, statement
from tests.erpnext.paid_status.oracle import Oracle
from tests.erpnext.paid_status.settings import set_rule

STEPS = 40
Names = tuple[str, str]  # of the same document in the company with the rule and in the plain one


@dataclass
class Walk:
    """Where the walk stands: the same documents in two companies."""

    offices: tuple[ErpOffice, ErpOffice]
    dice: random.Random
    invoices: dict[Names, str] = field(default_factory=dict)
    payments: dict[Names, Names] = field(default_factory=dict)
    lines: dict[Names, str] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    def both(self, act: Callable[[int], object]) -> tuple[object, object] | None:
        """Do the same in both companies; both do it or both refuse it, in the same words but for the names.

        Returns:
            What each returned; None where ERPNext refused.
        """
        answers: list[object] = []
        refusals = []
        for side in (0, 1):
            try:
                answers.append(act(side))
            except frappe.ValidationError as refusal:
                frappe.db.rollback()
                frappe.flags.ignore_party_validation = False
                refusals.append(type(refusal).__name__)
        assert len(refusals) in (0, 2), f"one company refuses what the other does: {refusals} {self.log}"
        self.log[-1] += f" refused: {refusals[0]}" if refusals else ""
        return None if refusals else (answers[0], answers[1])

    def some_invoice(self) -> tuple[Names, str]:
        """Return an invoice that is not cancelled, as names and doctype; one is made where there is none."""
        live = [
            names
            for names, doctype in sorted(self.invoices.items())
            if frappe.db.get_value(doctype, names[0], "docstatus") == 1
        ]
        if not live:
            self.new_invoice()
            return list(self.invoices.items())[-1]
        names = self.dice.choice(live)
        return names, self.invoices[names]

    def some_payment(self) -> tuple[Names, Names]:
        """Return a payment, and the invoice that it was made for."""
        if not self.payments:
            self.pay()
        if not self.payments:
            self.pay_later()
        names = self.dice.choice(sorted(self.payments))
        return names, self.payments[names]

    def some_line(self) -> Names:
        """Return a line of the bank statement."""
        if not self.lines:
            self.bank_line()
        return self.dice.choice(sorted(self.lines))

    # what users do

    def new_invoice(self) -> None:
        doctype, amount = self.dice.choice(INVOICES), self.dice.choice((100, 250, 60))
        dates = overdue() if self.dice.random() < 0.3 else {}
        made = self.both(lambda side: invoice(self.offices[side], doctype, amount, **dates, **self.party(doctype)))
        if made:
            self.invoices[str(made[0]), str(made[1])] = doctype

    def party(self, doctype: str) -> dict[str, str]:
        named = "Walking Party"
        if doctype == "Purchase Invoice":
            return {"supplier": self.offices[0].supplier(named)}
        return {"customer": self.offices[0].customer(named)}

    def pay(self) -> None:
        names, doctype = self.some_invoice()
        account, part = self.dice.choice(("bank", "bank", "cash")), self.dice.choice((1, 1, 0.4))
        amount = round(max(frappe.db.get_value(doctype, names[0], "outstanding_amount") * part, 1), 2)
        paid = self.both(lambda side: self.offices[side].pay(doctype, names[side], account=account, amount=amount))
        if paid:
            self.payments[str(paid[0]), str(paid[1])] = names

    def pay_later(self) -> None:
        names, doctype = self.some_invoice()
        party = next(iter(self.party(doctype).values()))
        paid = self.both(lambda side: later.payment_on_account(self.offices[side], doctype, party, 80))
        if paid:
            payments = (str(paid[0]), str(paid[1]))
            self.payments[payments] = names
            self.allocate(payments, names, doctype)

    def allocate(self, payments: Names, names: Names, doctype: str) -> None:
        party = next(iter(self.party(doctype).values()))
        self.both(
            lambda side: later.payment_reconciliation(self.offices[side], doctype, party, payments[side], names[side])
        )

    def bank_line(self) -> None:
        doctype, amount = self.dice.choice(INVOICES), self.dice.choice((100, 60, 40, 500))
        made = self.both(lambda side: statement(self.offices[side], doctype, amount))
        if made:
            self.lines[str(made[0]), str(made[1])] = doctype

    def reconcile(self) -> None:
        lines = self.some_line()
        fitting = [names for names, of in sorted(self.payments.items()) if self.invoices[of] == self.lines[lines]]
        chosen = self.dice.sample(fitting, min(len(fitting), self.dice.choice((1, 1, 2, 3))))
        if chosen:
            self.both(lambda side: desk.reconcile(lines[side], *(names[side] for names in chosen)))

    def unreconcile(self) -> None:
        lines = self.some_line()
        if self.dice.random() < 0.5:
            self.both(lambda side: desk.unreconcile_transaction(lines[side]))
            return
        payments, _names = self.some_payment()
        self.both(lambda side: desk.remove_row(lines[side], payments[side]))

    def cancel_line(self) -> None:
        lines = self.some_line()
        self.both(lambda side: desk.cancel("Bank Transaction", lines[side]))

    def cancel_payment(self) -> None:
        payments, _names = self.some_payment()
        self.both(lambda side: desk.cancel("Payment Entry", payments[side]))

    def unreconcile_payment(self) -> None:
        payments, names = self.some_payment()
        doctype = self.invoices[names]
        self.both(lambda side: later.unreconcile_payment(self.offices[side], payments[side], doctype, names[side]))

    def journal(self) -> None:
        names, doctype = self.some_invoice()
        self.both(lambda side: later.journal_payment(self.offices[side], doctype, names[side]))

    def give_back(self) -> None:
        names, doctype = self.some_invoice()
        self.both(lambda side: later.make_return(doctype, names[side], part=0.3))

    def save_invoice(self) -> None:
        names, doctype = self.some_invoice()
        self.both(lambda side: desk.edit(doctype, names[side], lambda doc: None))

    def repost(self) -> None:
        payments, names = self.some_payment()
        vouchers = (("Payment Entry", payments), (self.invoices[names], names))
        self.both(
            lambda side: later.repost(
                "Repost Payment Ledger",
                self.offices[side],
                *(
                    (doctype, of[side])
                    for doctype, of in vouchers
                    if frappe.db.get_value(doctype, of[side], "docstatus") == 1
                ),
            )
        )

    def cancel_invoice(self) -> None:
        names, doctype = self.some_invoice()
        self.both(lambda side: desk.cancel(doctype, names[side]))

    def switch(self) -> None:
        off = {office.company: False for office in self.offices}
        set_rule(companies=off)
        assert Oracle(self.offices[0].company, self.since).problems(rule_on=False) == []
        set_rule(companies={self.offices[1].company: False})

    def daily(self) -> None:
        assert [found for found in drift.check() if found.document.split()[-1] in self.named()] == []
        drift.sweep()

    def named(self) -> set[str]:
        return {name for names in [*self.invoices, *self.payments] for name in names}

    # what is compared

    since: str = field(default_factory=now)

    def differences(self) -> Iterator[str]:
        """Tell where the company with the rule differs from the plain one, beside statuses and flags."""
        for names, doctype in self.invoices.items():
            yield from self._compare(doctype, names, "docstatus, outstanding_amount, grand_total")
        for names in self.payments:
            yield from self._compare("Payment Entry", names, "docstatus, unallocated_amount, total_allocated_amount")
        for names in self.lines:
            yield from self._compare("Bank Transaction", names, "docstatus, unallocated_amount, status")

    def _compare(self, doctype: str, names: Names, columns: str) -> Iterator[str]:
        found = [frappe.db.sql(f"select {columns} from `tab{doctype}` where name = %s", name)[0] for name in names]
        if found[0] != found[1]:
            yield f"{doctype} {names}: {columns} are {found[0]} and {found[1]}"
        ledgers = [
            frappe.db.sql(
                """select left(g.account, length(g.account) - length(c.abbr)), sum(g.debit), sum(g.credit)
                from `tabGL Entry` g inner join `tabCompany` c on c.name = g.company
                where g.voucher_type = %s and g.voucher_no = %s and g.is_cancelled = 0
                group by 1 order by 1""",
                (doctype, name),
            )
            for name in names
        ]
        if ledgers[0] != ledgers[1]:
            yield f"{doctype} {names}: ledgers are {ledgers[0]} and {ledgers[1]}"


STEPS_BY_WEIGHT = {
    Walk.new_invoice: 6,
    Walk.pay: 8,
    Walk.pay_later: 3,
    Walk.bank_line: 3,
    Walk.reconcile: 8,
    Walk.unreconcile: 3,
    Walk.cancel_line: 1,
    Walk.cancel_payment: 3,
    Walk.unreconcile_payment: 2,
    Walk.journal: 1,
    Walk.give_back: 1,
    Walk.save_invoice: 1,
    Walk.repost: 1,
    Walk.cancel_invoice: 1,
    Walk.switch: 1,
    Walk.daily: 1,
}


@pytest.mark.parametrize("seed", [20260101])
def test_a_walk_over_all_operations_keeps_the_rule(office: ErpOffice, plain: ErpOffice, seed: int) -> None:
    set_rule(companies={plain.company: False})
    walk = Walk((office, plain), random.Random(seed))
    held, free = Oracle(office.company, walk.since), Oracle(plain.company, walk.since)
    for _ in range(STEPS):
        step = walk.dice.choices(list(STEPS_BY_WEIGHT), list(STEPS_BY_WEIGHT.values()))[0]
        walk.log.append(step.__name__)
        step(walk)
        frappe.db.commit()
        assert held.problems() == [], walk.log
        assert free.problems(rule_on=False) == [], walk.log
        assert list(walk.differences()) == [], walk.log
    assert len([step for step in walk.log if "refused" not in step]) > STEPS / 3
