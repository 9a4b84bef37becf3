"""Everything ERPNext calls, on one page."""

app_name = "imogi_finance"
app_title = "IMOGI Finance"
app_publisher = "IMOGI"
app_description = "Money operations on hundreds of documents as durable batches"
app_email = "finance@imogi.example"
app_license = "MIT"

required_apps = ["frappe/erpnext"]

fixtures = [{"dt": "Custom Field", "filters": [["module", "in", ["Batch", "Bank Reconciliation", "Expense Requests"]]]}]

before_install = "imogi_finance.setting_up.install.before_install"
after_install = "imogi_finance.setting_up.install.after_install"
after_migrate = ["imogi_finance.setting_up.indexes.make", "imogi_finance.erpnext_adapter.health.notes.expect"]
before_uninstall = "imogi_finance.setting_up.uninstall.before_uninstall"
after_uninstall = "imogi_finance.setting_up.uninstall.after_uninstall"

# Form and list scripts; they add to those of ERPNext and of other apps.
doctype_js = {
    "Bank Reconciliation Tool": ["public/js/forms/bank_reconciliation_tool.js"],
    "Bank Transaction": ["public/js/forms/bank_transaction.js"],
    "Payment Entry": ["public/js/forms/payment_entry.js"],
    "Purchase Invoice": ["public/js/forms/invoice.js", "public/js/forms/requested_invoice.js"],
    "Sales Invoice": ["public/js/forms/invoice.js"],
    "Expense Request": ["public/js/forms/request.js"],
    "Branch Expense Request": ["public/js/forms/request.js"],
}
doctype_list_js = {
    "Payment Entry": ["public/js/forms/payment_entry_list.js"],
    "Sales Order": ["public/js/forms/sales_order_list.js"],
    "Expense Request": ["public/js/forms/request_list.js"],
    "Branch Expense Request": ["public/js/forms/request_list.js"],
}

# The rule about cash and bank; then the requests that an invoice or payment belongs to.
doc_events: dict[str, dict[str, str | list[str]]] = {
    "Payment Entry": {
        "validate": [
            "imogi_finance.events.payment_entry.validate",
            "imogi_finance.expense_requests.events.link_payment",
        ],
        "before_submit": ["imogi_finance.events.payment_entry.before_submit"],
        "on_submit": ["imogi_finance.events.payment_entry.on_submit"],
        "before_update_after_submit": ["imogi_finance.events.payment_entry.before_update_after_submit"],
        "on_update_after_submit": [
            "imogi_finance.events.payment_entry.on_update_after_submit",
            "imogi_finance.expense_requests.events.references_changed",
        ],
        "before_cancel": ["imogi_finance.events.payment_entry.before_cancel"],
        "on_cancel": ["imogi_finance.events.payment_entry.on_cancel"],
    },
    "Bank Transaction": {
        "before_submit": ["imogi_finance.events.bank_transaction.lock_payments"],
        "before_update_after_submit": ["imogi_finance.events.bank_transaction.lock_payments"],
        "before_cancel": ["imogi_finance.events.bank_transaction.lock_payments"],
        "on_submit": ["imogi_finance.events.bank_transaction.refresh_payments"],
        "on_update_after_submit": ["imogi_finance.events.bank_transaction.refresh_payments"],
        "on_cancel": ["imogi_finance.events.bank_transaction.refresh_payments"],
    },
    "Purchase Invoice": {
        "validate": ["imogi_finance.expense_requests.events.check_invoice"],
        "on_update": ["imogi_finance.expense_requests.events.invoice_saved"],
        "on_change": ["imogi_finance.events.invoice.on_change", "imogi_finance.expense_requests.events.invoice_saved"],
        "before_cancel": ["imogi_finance.events.invoice.before_cancel"],
        "on_cancel": [
            "imogi_finance.events.invoice.on_cancel",
            "imogi_finance.expense_requests.events.invoice_cancelled",
        ],
        "on_trash": ["imogi_finance.expense_requests.events.invoice_deleted"],
    },
    "Sales Invoice": {
        "validate": ["imogi_finance.events.sales_invoice.validate"],
        "before_submit": ["imogi_finance.events.sales_invoice.before_submit"],
        "on_change": ["imogi_finance.events.invoice.on_change"],
        "before_cancel": ["imogi_finance.events.invoice.before_cancel"],
        "on_cancel": ["imogi_finance.events.invoice.on_cancel"],
    },
    "Unreconcile Payment": {
        "on_submit": [
            "imogi_finance.events.payment_entry.unreconciled",
            "imogi_finance.expense_requests.events.payment_unreconciled",
        ],
    },
    # Whitelisted methods of a form run as document events too.
    "Bank Clearance": {"update_clearance_date": ["imogi_finance.events.payment_entry.cleared"]},
}

scheduler_events: dict[str, object] = {
    "daily": ["imogi_finance.erpnext_adapter.drift.check", "imogi_finance.expense_requests.service.refresh_all"],
    "cron": {
        "* * * * *": ["imogi_finance.erpnext_adapter.sweeping.sweep"],
        "*/15 * * * *": ["imogi_finance.erpnext_adapter.drift.sweep"],
    },
}

# A worker that gets to any job looks first for runs whose worker has died.
before_job = ["imogi_finance.erpnext_adapter.sweeping.before_job"]

# Who may see a run: on top of its roles and user permissions, who may read the document that it is about.
has_permission = {
    "Batch Run": "imogi_finance.batch.doctype.batch_run.batch_run.has_permission",
    "Batch Run Item": "imogi_finance.batch.doctype.batch_run_item.batch_run_item.has_permission",
}
permission_query_conditions = {
    "Batch Run": "imogi_finance.batch.doctype.batch_run.batch_run.get_permission_query_conditions",
    "Batch Run Item": "imogi_finance.batch.doctype.batch_run_item.batch_run_item.get_permission_query_conditions",
}
# Search that leaves nothing of the above out, as Frappe's own does where it is asked to.
standard_queries = dict.fromkeys(
    ("Batch Run", "Batch Run Item", "Expense Request", "Branch Expense Request"),
    "imogi_finance.erpnext_adapter.searching.find",
)

# What a run says of a document is history; it keeps nobody from deleting that document.
ignore_links_on_delete = ["Batch Run", "Batch Run Item", "Batch Run Signal"]
