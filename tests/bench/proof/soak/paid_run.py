"""A run whose items have all succeeded, made at once; run by the Python inside the site."""

from __future__ import annotations

from collections.abc import Sequence

import frappe

from benchmarks.bench.twins import DOCTYPE, _copy, _text
from imogi_finance.bank_reconciliation.request import Options, parse_request
from imogi_finance.erpnext_adapter.composition import compose
from imogi_finance.erpnext_adapter.queue import FrappeQueue
from tests.erpnext.office import ErpOffice
from tests.support.doors import SilentQueue

_PARTIES = 12
_USER = "Administrator"


def make(transaction: str, invoices: Sequence[str]) -> str:
    """Ask for a run, one payment an invoice, and bring it to its final step; return its name.

    The first invoice of each party is paid by ERPNext; the other payments are copies of those, ledger rows too.

    Args:
        invoices: copies of twelve invoices in turns, as ``stock.line`` makes them.
    """
    run = _kept_from_workers(transaction, invoices)
    office = ErpOffice()
    for party in range(min(_PARTIES, len(invoices))):
        first = invoices[party]
        payment = office.pay(DOCTYPE, first)
        frappe.db.set_value("Payment Entry", payment, "batch_run", run)
        pattern, start = first.rpartition("-")[0], int(first.rpartition("-")[2])
        last = start + len(range(party, len(invoices), _PARTIES)) - 1
        if last > start:
            _copy_payment(payment, first, pattern, range(start + 1, last + 1))
        frappe.db.sql(
            f"""update `tabBatch Run Item` set status = 'Succeeded', result_doctype = 'Payment Entry', result_name =
            if(reference_name = {_text(first)}, {_text(payment)},
            concat({_text(payment + "-")}, substring_index(reference_name, '-', -1)))
            where run = %s and reference_name like {_text(pattern + "-%%")}""",
            run,
        )
    frappe.db.sql(f"update `tab{DOCTYPE}` set outstanding_amount = 0 where name in %s", (tuple(invoices),))
    frappe.db.sql(
        """update `tabBatch Run` set status = 'Processing', processed = total, succeeded = total, epoch = 1,
        lease_holder = null, lease_expires_at = null where name = %s""",
        run,
    )
    frappe.db.commit()
    return str(run)


def _kept_from_workers(transaction: str, invoices: Sequence[str]) -> str:
    """Store a run that nobody may claim yet: from its first moment it is leased to nobody of this machine."""
    app = compose(queue=SilentQueue())
    rows = [{"doctype": DOCTYPE, "name": name} for name in invoices]
    request = parse_request(transaction, rows, [], options=Options(per_party=False), user=_USER)
    with app.transactions.transaction():
        run = app.reconciliation.accept_here(request)
        frappe.db.sql(
            """update `tabBatch Run` set lease_holder = 'nobody', lease_seconds = 3600,
            lease_expires_at = utc_timestamp() + interval 1 hour where name = %s""",
            run.name,
        )
    return run.name


def ring(run: str) -> None:
    """Ring for a run, as a sweeper does."""
    FrappeQueue().ring(run)


def _copy_payment(payment: str, invoice: str, pattern: str, numbers: range) -> None:
    """Copy a payment of an invoice for each copy of the invoice with one of the numbers."""
    name = f"concat({_text(payment + '-')}, lpad(seq, 5, '0'))"
    paid = f"concat({_text(pattern + '-')}, lpad(seq, 5, '0'))"
    row = {"name": "concat(name, '-', seq)"}
    _copy("Payment Entry", f"name = {_text(payment)}", numbers, {"name": name})
    _copy(
        "Payment Entry Reference",
        f"parent = {_text(payment)}",
        numbers,
        {**row, "parent": name, "reference_name": paid},
    )
    for ledger, against in (("GL Entry", "against_voucher"), ("Payment Ledger Entry", "against_voucher_no")):
        own = {**row, "voucher_no": name, against: f"if({against} = {_text(invoice)}, {paid}, {against})"}
        _copy(ledger, f"voucher_type = 'Payment Entry' and voucher_no = {_text(payment)}", numbers, own)
