"""Names and messages with HTML in them: wherever the app shows them, they are letters and no markup."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor

from playwright.sync_api import Page, sync_playwright

from tests.bench.proof.security.client import Intruder
from tests.bench.proof.security.findings import Findings
from tests.bench.proof.security.scene import Scene

SUBJECT = "markup in names and messages"
PAYLOAD = "<img src=x onerror='window.intrusion=1'><b class=intruded>bold</b>"
# Written past every check of Frappe, as another app or an import could: what the app shows must be safe whatever is
# stored. Frappe shows long texts of a form as HTML and cleans them when they are saved; those are saved here too.
_PLANT = """
def put(doctype, name, **fields):
    frappe.db.set_value(doctype, name, fields, update_modified=False)
supplier = frappe.db.get_value("Purchase Invoice", names["unpaid"], "supplier")
transaction = office.bank_transaction(-30, description=payload)
request = frappe.get_doc("Expense Request", names["request"])
request.purpose = payload
request.save()
run = names["run"]
put("Supplier", supplier, supplier_name=payload)
put("Purchase Invoice", names["unpaid"], supplier_name=payload, bill_no=payload)
put("Bank Transaction", transaction, reference_number=payload)
put("Payment Entry", names["waiting"], party_name=payload, reference_no=payload)
put("Expense Request", names["request"], supplier_name=payload)
put("Batch Run", run, error=payload, status="Needs Attention", undo_failed=1, announced=0)
put("Batch Run Item", run + "-000001", error=payload, status="Undo Failed")
settings = frappe.get_doc("IMOGI Finance Settings")
settings.mail_on_completion = 1
settings.save()
answer = transaction
"""
# What ran, and where markup stands, but for the long texts that Frappe has cleaned.
_FOUND = """() => [window.intrusion || 0, [...document.querySelectorAll(".intruded, img[src=x]")]
    .filter((found) => !found.closest("[data-fieldname=description], [data-fieldname=purpose]"))
    .map((found) => found.parentElement.outerHTML.slice(0, 200))]"""
_TELL = """
from imogi_finance.erpnext_adapter import announcing
from imogi_finance.erpnext_adapter.composition import compose
from imogi_finance.bank_reconciliation.kind import BulkReconciliationKind
kept = BulkReconciliationKind.message
BulkReconciliationKind.message = lambda self, run: payload
sent = []
kept_mail, frappe.sendmail = frappe.sendmail, lambda **mail: sent.append(mail["subject"] + mail["message"])
frappe.db.commit()
try:
    told = announcing.announce(run)
finally:
    BulkReconciliationKind.message, frappe.sendmail = kept, kept_mail
subject = frappe.get_all("Notification Log", {"document_name": run}, pluck="subject", order_by="creation desc", limit=1)
answer = [told, subject, sent]
"""


def markup(findings: Findings, scene: Scene) -> None:
    """Plant markup, tell the end of a run, and look at every screen of the app."""
    names = scene.names["A"]
    transaction = scene.bench.inside(_PLANT, names=names, payload=PAYLOAD)
    told, subjects, mails = scene.bench.inside(_TELL, run=names["run"], payload=PAYLOAD)
    findings.check(SUBJECT, told and len(subjects) == 1 and len(mails) == 1, f"not told: {told} {subjects} {mails}")
    for text in (*subjects, *mails):
        findings.check(SUBJECT, "<img" not in text and "&lt;img" in text, f"a message holds it as markup: {text[:300]}")
    for function, arguments in (
        ("imogi_finance.api.waiting_payments", {"doctype": PAYLOAD, "name": "x"}),
        ("imogi_finance.api.payment_coverage", {"payment_entry": PAYLOAD}),
        ("expense_requests.api.linked_documents", {"doctype": PAYLOAD, "name": "x"}),
        ("expense_requests.api.linked_documents", {"doctype": "Expense Request", "name": PAYLOAD}),
        ("expense_requests.api.supplier_currency", {"supplier": PAYLOAD}),
        ("batch.api.status", {"job_id": PAYLOAD}),
        ("bank_reconciliation.api.unpaid_invoices", {"bank_transaction_name": PAYLOAD}),
    ):
        answer = scene.users["asker"].call(f"imogi_finance.{function}", **arguments)
        said = answer.json.get("_server_messages", "")
        findings.check(SUBJECT, bool(said) and "<img" not in said, f"{function} says it as markup: {said[:300]}")
    with ThreadPoolExecutor(1) as apart:  # this thread may have an event loop of its own
        apart.submit(_look, findings, scene, transaction).result()


def _look(findings: Findings, scene: Scene, transaction: str) -> None:
    names, url = scene.names["A"], scene.bench.url
    pages = {
        "the run": (f"/app/batch-run/{names['run']}", "error"),
        "the list of runs": ("/app/batch-run", names["run"]),
        "the list of items": (f"/app/batch-run-item?run={names['run']}", names["run"]),
        "the page of the app's health": ("/app/batch-health", names["run"]),
        "the bank transaction": (f"/app/bank-transaction/{transaction}", transaction),
        "the payment": (f"/app/payment-entry/{names['waiting']}", "Waiting for bank reconciliation"),
        "the list of payments": ("/app/payment-entry", names["waiting"]),
        "the report": (
            f"/app/query-report/Payments%20Awaiting%20Bank%20Reconciliation?company={names['company']}",
            names["waiting"],
        ),
        "the request": (f"/app/expense-request/{names['request']}", names["request"]),
        "the list of requests": ("/app/expense-request", names["request"]),
    }
    program = shutil.which("chromium")
    assert program is not None, "Chromium is not installed. Get it with: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(viewport={"width": 1500, "height": 1000})
        context.add_cookies([{"name": "sid", "value": Intruder(url, scene.emails["asker"]).sid, "url": url}])
        page = context.new_page()
        for what, (path, sign) in pages.items():
            page.goto(f"{url}{path}")
            _shown(page, sign)
            _check(findings, page, what)
            if what == "the bank transaction":
                page.get_by_role("button", name="Pay Unpaid Invoices").click()
                _shown(page, names["unpaid"])
                _check(findings, page, "the dialog")
        page.locator(".notifications-icon").first.click()
        _shown(page, names["run"])
        _check(findings, page, "the notifications")
        browser.close()


def _shown(page: Page, sign: str) -> None:
    """Wait until a page shows what it is for, and has nothing left to ask the server."""
    page.wait_for_function("sign => document.body.innerText.includes(sign)", arg=sign, timeout=60_000)
    page.wait_for_load_state("networkidle")


def _check(findings: Findings, page: Page, what: str) -> None:
    found = page.evaluate(_FOUND)
    findings.check(SUBJECT, found == [0, []], f"{what} takes a name for markup: {found}")
