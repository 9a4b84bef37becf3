"""Everything ERPNext calls, on one page."""

app_name = "imogi_finance"
app_title = "IMOGI Finance"
app_publisher = "IMOGI"
app_description = "Money operations on hundreds of documents as durable batches"
app_email = "finance@imogi.example"
app_license = "MIT"

required_apps = ["frappe/erpnext"]

fixtures = [{"dt": "Custom Field", "filters": [["module", "=", "Bank Reconciliation"]]}]
