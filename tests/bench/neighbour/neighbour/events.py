"""Listeners that note what they were shown."""


def payment_submitted(doc: object, method: str) -> None:
    """Note whether the payment waits for the bank."""
    doc.add_comment("Info", f"neighbour saw awaiting {doc.get('awaiting_bank_reconciliation')}")


def invoice_changed(doc: object, method: str) -> None:
    """Note the status of the invoice."""
    doc.add_comment("Info", f"neighbour saw {doc.status}")
