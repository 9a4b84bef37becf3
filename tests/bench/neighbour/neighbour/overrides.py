"""Classes in the place of ERPNext's."""

from erpnext.accounts.doctype.payment_entry.payment_entry import PaymentEntry
from erpnext.accounts.doctype.purchase_invoice.purchase_invoice import PurchaseInvoice


class NeighbourPaymentEntry(PaymentEntry):
    """Leaves a mark where it has been."""

    def on_submit(self) -> None:
        super().on_submit()
        self.add_comment("Info", "neighbour's class was here")


class NeighbourPurchaseInvoice(PurchaseInvoice):
    """Sets the status its own way, as apps do, and lets ERPNext go on."""

    def set_status(self, *args: object, **kwargs: object) -> None:
        super().set_status(*args, **kwargs)
