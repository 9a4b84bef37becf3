"""Payments: made, posted and cancelled."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from imogi_finance.bank_reconciliation.documents import VOUCHER_TYPE, PaymentLine
from imogi_finance.batch.faults import reach
from imogi_finance.errors import DocumentError
from imogi_finance.money import display, from_minor, to_minor
from imogi_finance.paid_status.service import PaidStatus
from imogi_finance.sandbox.books.periods import check_open
from imogi_finance.sandbox.books.posting import Line, post, reverse
from imogi_finance.sandbox.books.statement import BankStatement
from imogi_finance.sandbox.storage.rows import Row, Rows
from imogi_finance.sandbox.users import RowsUsers


class Payments(BankStatement):
    """Makes payments, and cancels them.

    Args:
        pause: called with each payment, to take as long as an ERP would.
    """

    def __init__(
        self, rows: Rows, users: RowsUsers, paid_status: PaidStatus, *, pause: Callable[[], None] | None = None
    ) -> None:
        super().__init__(rows, users, paid_status)
        self._pause = pause or _no_pause

    def submit_payment(
        self,
        lines: Sequence[PaymentLine],
        *,
        account: str,
        is_outgoing: bool,
        date: str,
        reference_no: str,
        run: str | None,
    ) -> str:
        """Make and submit a payment from or into a bank or cash account; return its name.

        Raises:
            DocumentError: an invoice does not allow it, or the period is closed.
        """
        self._users.check_may_write(str(lines[0].invoice))
        check_open(self._rows, f"{VOUCHER_TYPE} of {date}", date)
        invoices = [self._payable_invoice(line) for line in lines]
        first = invoices[0]
        for line, invoice in zip(lines, invoices, strict=True):
            if (invoice["party"], invoice["party_account"]) != (first["party"], first["party_account"]):
                raise DocumentError(str(line.invoice), "It is of another party than the payment.")
        amounts = [to_minor(line.amount, first["currency"]) for line in lines]
        self._pause()
        name = f"PAY-{self._rows.next_number('payment'):05d}"
        payment: Row = {
            "name": name,
            "company": first["company"],
            "payment_type": "Pay" if is_outgoing else "Receive",
            "party_type": "Supplier" if first["doctype"] == "Purchase Invoice" else "Customer",
            "party": first["party"],
            "posting_date": date,
            "account": account,
            "party_account": first["party_account"],
            "currency": first["currency"],
            "amount": sum(amounts),
            "docstatus": 1,
            "awaiting": 0,
            "reference_no": reference_no,
            "batch_run": run,
            "owner": self._users.acting,
        }
        self._rows.insert("payment", payment)
        signed = [
            -amount if invoice["is_return"] else amount for amount, invoice in zip(amounts, invoices, strict=True)
        ]
        self._rows.insert_many("payment_reference", _references(name, lines, signed))
        reach("books.after_payment")
        post(
            self._rows,
            VOUCHER_TYPE,
            name,
            date=date,
            currency=first["currency"],
            lines=_payment_lines(payment, lines, amounts),
        )
        reach("books.after_ledger")
        for invoice, amount in zip(invoices, signed, strict=True):
            key = (invoice["doctype"], invoice["name"])
            self._rows.update("invoice", key, {"outstanding": invoice["outstanding"] - amount})
        reach("books.after_outstanding")
        self._paid_status.refresh_payments([name])
        return name

    def cancel_payment(self, name: str) -> None:
        document = f"{VOUCHER_TYPE} {name}"
        self._users.check_may_write(document)
        payment = self._rows.lock("payment", name)
        if payment is None:
            raise DocumentError(document, "It does not exist.")
        if payment["docstatus"] == 2:
            return
        check_open(self._rows, document, payment["posting_date"])
        self._pause()
        references = self._rows.select("payment_reference", {"payment": name}, ("line",))
        self._rows.update("payment", (name,), {"docstatus": 2})
        self._leave_transactions(name)
        reach("books.after_cancel")
        reverse(self._rows, VOUCHER_TYPE, name)
        reach("books.after_reversal")
        for reference in references:
            key = (reference["doctype"], reference["invoice"])
            invoice = self._rows.lock("invoice", *key)
            if invoice is None:
                raise DocumentError(f"{key[0]} {key[1]}", "It does not exist.")
            self._rows.update("invoice", key, {"outstanding": invoice["outstanding"] + reference["allocated"]})
        self._paid_status.refresh_payments([name])

    def _payable_invoice(self, line: PaymentLine) -> Row:
        """Lock an invoice and make sure that it can still be paid so."""
        row = self._rows.lock("invoice", line.invoice.doctype, line.invoice.name)
        if row is None or row["docstatus"] != 1:
            raise DocumentError(str(line.invoice), "It was cancelled or removed meanwhile.", "Leave it out.")
        payable = from_minor(abs(row["outstanding"]), row["currency"])
        is_open = row["outstanding"] < 0 if row["is_return"] else row["outstanding"] > 0
        if not is_open or line.amount > payable:
            left = display(payable if is_open else payable * 0, row["currency"])
            asked = display(line.amount, row["currency"])
            raise DocumentError(
                str(line.invoice),
                f"Only {left} is outstanding by now, not {asked}.",
                "Select it again, or leave it out.",
            )
        return row


def _no_pause() -> None:
    """Take no longer than it takes."""


def _references(payment: str, lines: Sequence[PaymentLine], signed: Sequence[int]) -> list[Row]:
    return [
        {
            "payment": payment,
            "line": number,
            "doctype": line.invoice.doctype,
            "invoice": line.invoice.name,
            "allocated": amount,
        }
        for number, (line, amount) in enumerate(zip(lines, signed, strict=True), 1)
    ]


def _payment_lines(payment: Row, lines: Sequence[PaymentLine], amounts: Sequence[int]) -> list[Line]:
    """The party is debited and the bank credited when money goes out; the reverse when it comes in."""
    sign = 1 if payment["payment_type"] == "Pay" else -1
    to_party = [
        Line(payment["party_account"], sign * amount, payment["party"], line.invoice.doctype, line.invoice.name)
        for line, amount in zip(lines, amounts, strict=True)
    ]
    return [*to_party, Line(payment["account"], -sign * payment["amount"])]
