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

# The rule about cash and bank; then the requests that an invoice or payment belongs to.
doc_events: dict[str, dict[str, str | list[str]]] = {}

scheduler_events: dict[str, object] = {}
