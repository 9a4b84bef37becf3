"""Who may see, stop, retry, change and delete a run: over HTTP, in lists and reports, by realtime, from the console."""

from __future__ import annotations

from collections.abc import Iterator

import frappe
import pytest
from frappe.realtime import can_subscribe_doc

from imogi_finance.batch import api
from imogi_finance.erpnext_adapter.composition import compose
from imogi_finance.errors import NotPermitted, Refused, UnknownRun
from imogi_finance.setting_up.roles import RECONCILER
from tests.erpnext.engine.scene import Scene
from tests.erpnext.engine.site_over_http import SiteOverHttp
from tests.erpnext.office import ErpOffice

API = "imogi_finance.batch.api"


@pytest.fixture
def ended(scene: Scene) -> str:
    """A run that failed, so that its name may be retried and its documents are free."""
    run = scene.asked(2)
    frappe.set_user(scene.ana)
    api.cancel(run.name)
    frappe.set_user("Administrator")
    return run.name


@pytest.fixture
def elsewhere(scene: Scene) -> Iterator[str]:
    """A user with the app's role, whose user permission keeps them to another company."""
    user = scene.office.user("carl.engine", "Accounts User", "Accounts Manager", RECONCILER)
    other = ErpOffice("Other Engine Co").company
    frappe.get_doc({"doctype": "User Permission", "user": user, "allow": "Company", "for_value": other}).insert()
    frappe.db.commit()
    yield user
    frappe.db.delete("User Permission", {"user": user})
    frappe.db.commit()


@pytest.fixture
def no_bank(scene: Scene) -> str:
    """A user with the app's role and no right to read bank transactions."""
    return scene.office.user("nora.engine", RECONCILER)


def sees(user: str, run: str) -> dict[str, bool]:
    """Return by which ways a user sees a run, and its items."""
    frappe.set_user(user)
    try:
        item = f"{run}-000001"
        return {
            "service": _passes(lambda: compose().users.check_may_see(user, compose().store.run(run))),
            "document": bool(frappe.has_permission("Batch Run", "read", doc=run)),
            "list": _listed("Batch Run", {"name": run}),
            "item": bool(frappe.has_permission("Batch Run Item", "read", doc=item)),
            "items": _listed("Batch Run Item", {"run": run}),
            "realtime": _passes(lambda: can_subscribe_doc("Batch Run", run)),
        }
    finally:
        frappe.set_user("Administrator")


def _listed(doctype: str, filters: dict[str, str]) -> bool:
    try:
        return bool(frappe.get_list(doctype, filters=filters, limit=1))
    except frappe.PermissionError:
        return False


def _passes(act: object) -> bool:
    try:
        act()  # type: ignore[operator]
    except (UnknownRun, frappe.PermissionError):
        return False
    return True


def test_a_run_is_seen_by_who_asked_and_by_who_has_the_role_the_company_and_the_bank_transaction(
    scene: Scene, ended: str, elsewhere: str, no_bank: str
) -> None:
    everything = dict.fromkeys(("service", "document", "list", "item", "items", "realtime"), True)
    nothing = dict.fromkeys(everything, False)
    assert sees(scene.ana, ended) == everything
    assert sees(scene.ben, ended) == everything
    assert sees(scene.vic, ended) == everything
    assert sees("Administrator", ended) == everything
    assert sees(scene.eve, ended) == nothing  # ERPNext's roles, but none of the app's
    assert sees(elsewhere, ended) == nothing
    assert sees(no_bank, ended) == nothing
    assert sees("Guest", ended) == nothing


def test_who_asked_sees_the_run_whatever_else_they_lose(scene: Scene) -> None:
    run = scene.asked(1, user=scene.ben)
    frappe.set_user(scene.ben)
    api.cancel(run.name)
    frappe.set_user("Administrator")
    user = frappe.get_doc("User", scene.ben)
    roles = ("Accounts User", "Accounts Manager", RECONCILER)
    user.remove_roles(*roles)
    frappe.db.commit()
    try:
        assert set(sees(scene.ben, run.name).values()) == {True}
        with pytest.raises(NotPermitted, match=RECONCILER):
            compose().control.retry(run.name, user=scene.ben)
    finally:
        frappe.get_doc("User", scene.ben).add_roles(*roles)
        frappe.db.commit()


def test_who_may_only_watch_stops_and_retries_nothing(scene: Scene) -> None:
    run = scene.asked(1)
    frappe.set_user(scene.vic)
    assert api.status(run.name)["can_cancel"]
    for act in (api.cancel, api.retry):
        with pytest.raises(NotPermitted, match="may look at it but not change it"):
            act(run.name)
    frappe.set_user("Administrator")
    assert not scene.run(run.name).cancel_requested


def test_over_http_what_is_hidden_looks_like_what_is_not_there(scene: Scene, ended: str) -> None:
    eve, guest = SiteOverHttp(scene.eve), SiteOverHttp()
    for method in ("status", "items"):
        hidden, missing = (eve.get(f"{API}.{method}", job_id=name) for name in (ended, "RUN-99999"))
        assert hidden.code == missing.code == 404
        assert hidden.json["error"]["message"].replace(ended, "RUN-99999") == missing.json["error"]["message"]
        assert guest.get(f"{API}.{method}", job_id=ended).code == 403
    assert eve.post(f"{API}.cancel", job_id=ended).code == 404
    assert (
        eve.get(f"{API}.runs", reference_doctype="Bank Transaction", reference_name="x").json["message"]["runs"] == []
    )


def test_over_http_errors_have_a_code_a_message_and_the_problems(scene: Scene, ended: str) -> None:
    ana, vic = SiteOverHttp(scene.ana), SiteOverHttp(scene.vic)
    status = ana.get(f"{API}.status", job_id=ended)
    assert (status.code, status.json["message"]["job_id"], status.json["message"]["amount"]) == (200, ended, 20000)
    assert vic.post(f"{API}.retry", job_id=ended).code == 403
    refused = ana.post(f"{API}.cancel", job_id=ended)
    assert refused.code == 422
    problem = refused.json["error"]["problems"][0]
    assert (problem["document"], problem["rule"]) == (f"Batch Run {ended}", "not_cancellable")
    assert problem["message"]
    assert problem["remedy"]
    assert "cannot be cancelled" in refused.json["_server_messages"]
    assert ana.get(f"{API}.items", job_id=ended, status="Nonsense").code == 422
    page = ana.get(f"{API}.items", job_id=ended, offset=1, limit=1).json["message"]
    assert (page["total"], [row["position"] for row in page["items"]], page["items"][0]["amount"]) == (2, [2], 10000)


def test_changes_are_made_by_post_only(scene: Scene) -> None:
    run = scene.asked(1)
    ana = SiteOverHttp(scene.ana)
    assert ana.get(f"{API}.cancel", job_id=run.name).code == 403
    assert ana.get(f"{API}.retry", job_id=run.name).code == 403
    create = "imogi_finance.bank_reconciliation.api.create_payment_entries_bulk"
    assert ana.get(create, bank_transaction_name=run.reference_name, invoices="[]").code == 403
    assert not scene.run(run.name).cancel_requested
    assert ana.post(f"{API}.cancel", job_id=run.name).json["message"]["status"] == "Cancelled"


def test_nobody_makes_changes_or_deletes_a_run_by_hand_and_a_system_manager_deletes_ended_ones(
    scene: Scene, ended: str
) -> None:
    live = scene.asked(1)
    for user in ("Administrator", scene.ana):
        frappe.set_user(user)
        for doctype, name in (("Batch Run", ended), ("Batch Run Item", f"{ended}-000001"), ("Batch Run Signal", ended)):
            document = frappe.get_doc(doctype, name)
            with pytest.raises(frappe.PermissionError):
                document.save()
            for new in (frappe.copy_doc(document), frappe.new_doc(doctype)):
                new.name = frappe.generate_hash()
                with pytest.raises(frappe.PermissionError):
                    new.insert()
    frappe.set_user(scene.ana)
    with pytest.raises(frappe.PermissionError):
        frappe.delete_doc("Batch Run", ended)
    frappe.db.rollback()
    frappe.set_user("Administrator")
    with pytest.raises(frappe.ValidationError, match="cannot be deleted"):
        frappe.delete_doc("Batch Run", live.name)
    frappe.db.rollback()

    frappe.set_user(scene.office.user("sam.engine", "System Manager", "Accounts User"))
    frappe.delete_doc("Batch Run", ended)
    frappe.db.commit()
    for doctype, filters in (("Batch Run", {"name": ended}), ("Batch Run Item", {"run": ended})):
        assert frappe.db.count(doctype, filters) == 0


def test_a_run_keeps_nobody_from_deleting_a_draft_that_it_tells_of(scene: Scene, ended: str) -> None:
    draft = scene.office.purchase_invoice(5, submit=False)
    frappe.db.set_value("Batch Run Item", f"{ended}-000001", "reference_name", draft)
    frappe.delete_doc("Purchase Invoice", draft)
    frappe.db.rollback()


def test_the_console_gets_the_exception_itself(scene: Scene, ended: str) -> None:
    frappe.set_user(scene.ana)
    with pytest.raises(Refused, match="cannot be cancelled"):
        api.cancel(ended)
    frappe.set_user(scene.eve)
    with pytest.raises(UnknownRun):
        api.status(ended)
