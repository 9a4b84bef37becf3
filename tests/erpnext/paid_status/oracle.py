"""What must be true of the books, worked out in plain SQL that shares no code with the app.

The app adds up the references of payments; this adds up ERPNext's payment ledger. The app has a ladder of statuses of
its own; this asks ERPNext's ``set_status``, on a copy whose outstanding amount leaves out what awaits the bank.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import frappe

_CENT = 0.005
# ERPNext leaves an invoice Paid when a note of its own outstanding amount is issued against it later.
_SETTLED = {"Paid", "Debit Note Issued", "Credit Note Issued"}


@dataclass(frozen=True)
class Oracle:
    """Checks all documents of a company that were made after some moment.

    Args:
        company: whose books.
        since: database time; documents made before are not looked at.
    """

    company: str
    since: str

    def problems(self, *, rule_on: bool = True, clearance_confirms: bool = False) -> list[str]:
        """Return one sentence for each thing that is not as it must be; none is what is wanted."""
        held = self._held_by_invoice(rule_on, clearance_confirms)
        return [
            *self._wrong_flags(rule_on, clearance_confirms),
            *self._wrong_invoices(held),
            *self._unbalanced_vouchers(),
            *self._wrong_bank_transactions(),
        ]

    def _payments(self, rule_on: bool, clearance_confirms: bool) -> list[Any]:
        """Return the company's payments with ``waits``: whether the bank statement does not say yet that they moved."""
        return frappe.db.sql(
            """select p.name, p.docstatus, p.awaiting_bank_reconciliation as flag, p.follows_bank_statement as follows,
                coalesce((select abs(sum(g.debit_in_account_currency) - sum(g.credit_in_account_currency))
                    from `tabGL Entry` g where g.voucher_no = p.name and g.account = a.name and g.is_cancelled = 0),
                    if(p.payment_type = 'Pay', p.paid_amount, p.received_amount)) as amount,
                coalesce((select sum(r.allocated_amount) from `tabBank Transaction Payments` r, `tabBank Transaction` t,
                        `tabBank Account` b
                    where r.payment_entry = p.name and r.payment_document = 'Payment Entry' and t.name = r.parent
                        and t.docstatus = 1 and b.name = t.bank_account and b.account = a.name), 0) as allocated,
                coalesce((select count(*) from `tabPayment Ledger Entry` l
                    where l.voucher_no = p.name and l.delinked = 0 and l.docstatus < 2
                        and l.against_voucher_type in ('Sales Invoice', 'Purchase Invoice')), 0) as pays,
                a.account_type = 'Bank' and p.payment_type in ('Pay', 'Receive') and p.docstatus = 1
                    and p.follows_bank_statement = 1 and %(rule_on)s
                    and not (%(clearance)s and p.clearance_date is not null) as may_wait
            from `tabPayment Entry` p
            inner join `tabAccount` a on a.name = if(p.payment_type = 'Pay', p.paid_from, p.paid_to)
            where p.company = %(company)s and p.creation >= %(since)s""",
            {
                "company": self.company,
                "since": self.since,
                "rule_on": int(rule_on),
                "clearance": int(clearance_confirms),
            },
            as_dict=True,
        )

    def _wrong_flags(self, rule_on: bool, clearance_confirms: bool) -> list[str]:
        wrong = []
        for row in self._payments(rule_on, clearance_confirms):
            wanted = int(bool(row.may_wait and row.pays and row.allocated < row.amount - _CENT))
            if row.flag != wanted:
                wrong.append(f"Payment Entry {row.name} has flag {row.flag}, must have {wanted}: {dict(row)}")
            if row.allocated > row.amount + _CENT:
                wrong.append(f"Payment Entry {row.name} is allocated {row.allocated} of {row.amount}")
        return wrong

    def _held_by_invoice(self, rule_on: bool, clearance_confirms: bool) -> dict[tuple[str, str], float]:
        waiting = [
            row.name
            for row in self._payments(rule_on, clearance_confirms)
            if row.may_wait and row.allocated < row.amount - _CENT
        ]
        if not waiting:
            return {}
        rows = frappe.db.sql(
            """select against_voucher_type, against_voucher_no, -sum(amount_in_account_currency)
            from `tabPayment Ledger Entry`
            where voucher_type = 'Payment Entry' and voucher_no in %(names)s and delinked = 0
                and against_voucher_type in ('Sales Invoice', 'Purchase Invoice')
            group by against_voucher_type, against_voucher_no""",
            {"names": waiting},
        )
        return {(doctype, name): amount for doctype, name, amount in rows}

    def _wrong_invoices(self, held: dict[tuple[str, str], float]) -> list[str]:
        wrong = []
        for doctype in ("Purchase Invoice", "Sales Invoice"):
            party_account = "credit_to" if doctype == "Purchase Invoice" else "debit_to"
            for name, outstanding, ledger in frappe.db.sql(
                f"""select i.name, i.outstanding_amount, (select sum(l.amount_in_account_currency)
                        from `tabPayment Ledger Entry` l where l.against_voucher_type = '{doctype}'
                        and l.against_voucher_no = i.name and l.delinked = 0 and l.account = i.{party_account})
                from `tab{doctype}` i where i.company = %s and i.creation >= %s and i.docstatus = 1""",
                (self.company, self.since),
            ):
                if abs(outstanding - (ledger or 0)) > _CENT:
                    wrong.append(f"{doctype} {name} shows {outstanding} outstanding, its ledger says {ledger}")
                shown = frappe.db.get_value(doctype, name, "status")
                wanted = self.wanted_status(doctype, name, held.get((doctype, name), 0))
                nothing_held = not held.get((doctype, name))
                if shown != wanted and not (nothing_held and {shown, wanted} <= _SETTLED):
                    wrong.append(
                        f"{doctype} {name} shows {shown}, must show {wanted}: outstanding {outstanding},"
                        f" held {held.get((doctype, name), 0)}"
                    )
        return wrong

    def wanted_status(self, doctype: str, name: str, held: float) -> str:
        """Return what ERPNext would call an invoice of which so much more is outstanding."""
        doc = frappe.get_doc(doctype, name)
        doc.outstanding_amount += held
        _put_back_advances(doc)
        doc.set_status()
        return str(doc.status)

    def _unbalanced_vouchers(self) -> list[str]:
        rows = frappe.db.sql(
            """select voucher_no, sum(debit), sum(credit) from `tabGL Entry`
            where company = %s and creation >= %s and is_cancelled = 0 group by voucher_no
            having abs(sum(debit) - sum(credit)) > 0.005""",
            (self.company, self.since),
        )
        return [f"{name} has debits of {debit} and credits of {credit}" for name, debit, credit in rows]

    def _wrong_bank_transactions(self) -> list[str]:
        rows = frappe.db.sql(
            """select t.name from `tabBank Transaction` t where t.company = %s and t.creation >= %s and t.docstatus = 1
                and abs(abs(t.deposit - t.withdrawal) - t.unallocated_amount - coalesce((select sum(r.allocated_amount)
                    from `tabBank Transaction Payments` r where r.parent = t.name), 0)) > 0.005""",
            (self.company, self.since),
        )
        return [f"Bank Transaction {name}: allocated and unallocated do not make its amount" for (name,) in rows]


def _put_back_advances(doc: Any) -> None:
    """Raise the instalments by the advances that await the bank: ERPNext has taken them off."""
    held = frappe.db.sql(
        f"""select coalesce(sum(a.allocated_amount), 0) from `tab{doc.doctype} Advance` a
        inner join `tabPayment Entry` p on p.name = a.reference_name
        where a.parent = %s and p.awaiting_bank_reconciliation = 1""",
        doc.name,
    )[0][0]
    for row in doc.payment_schedule:
        row.payment_amount += held * row.invoice_portion / 100
