"""What ERPNext calls of this app."""

app_name = "neighbour"
app_title = "Neighbour"
app_publisher = "Neighbour"
app_description = "An app beside the one under test"
app_email = "neighbour@office.example"
app_license = "MIT"

override_doctype_class = {
    "Payment Entry": "neighbour.overrides.NeighbourPaymentEntry",
    "Purchase Invoice": "neighbour.overrides.NeighbourPurchaseInvoice",
}
doc_events = {
    "Payment Entry": {"on_submit": "neighbour.events.payment_submitted"},
    "Purchase Invoice": {"on_change": "neighbour.events.invoice_changed"},
}
