"""Everything ERPNext calls, on one page."""

app_name = "imogi_finance"
app_title = "IMOGI Finance"
app_publisher = "IMOGI"
app_description = "Money operations on hundreds of documents as durable batches"
app_email = "finance@imogi.example"
app_license = "MIT"

required_apps = ["frappe/erpnext"]

fixtures = [{"dt": "Custom Field", "filters": [["module", "in", ["Bank Reconciliation", "Expense Requests"]]]}]

before_install = "imogi_finance.setting_up.install.before_install"
after_install = "imogi_finance.setting_up.install.after_install"
before_uninstall = "imogi_finance.setting_up.uninstall.before_uninstall"
after_uninstall = "imogi_finance.setting_up.uninstall.after_uninstall"

# Form and list scripts; they add to those of ERPNext and of other apps.
doctype_js = {
    "Payment Entry": ["public/js/forms/payment_entry.js"],
    "Purchase Invoice": ["public/js/forms/invoice.js"],
    "Sales Invoice": ["public/js/forms/invoice.js"],
}
doctype_list_js = {"Payment Entry": ["public/js/forms/payment_entry_list.js"]}

# The rule about cash and bank; then the requests that an invoice or payment belongs to.
doc_events: dict[str, dict[str, str | list[str]]] = {}

scheduler_events: dict[str, object] = {}
