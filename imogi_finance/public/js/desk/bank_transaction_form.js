/** The Bank Transaction form: the action, and the run that is going on or has gone wrong. */

import { payUnpaidInvoices } from "./pay_dialog.js";
import { followRun, isInBackground, showRun, whenEnded } from "./progress.js";
import { noticeColour, runNotice } from "./run_notice.js";
import { isLive, mayReconcile, newestRun } from "./runs.js";
import { t } from "./voice.js";

/** @param {object} frm */
export async function attachToBankTransaction(frm) {
	const { name, docstatus } = frm.doc;
	if (docstatus !== 1) {
		return;
	}
	const reload = () => isStillOpen(frm, name) && frm.reload_doc();
	const options = { onStarted: () => refreshRun(frm, reload) };
	if (flt(frm.doc.unallocated_amount) > 0 && mayReconcile() && frm.perm[0]?.write) {
		frm.add_custom_button(action(), () => payUnpaidInvoices(name, options));
		frm.change_custom_button_type(action(), null, "primary");
	}
	await refreshRun(frm, reload);
}

async function refreshRun(frm, reload) {
	const { name } = frm.doc;
	const run = await newestRun(name);
	if (!run || !isStillOpen(frm, name)) {
		return;
	}
	const open = flt(frm.doc.unallocated_amount) > 0;
	const notice = isLive(run) || open || run.status === "Needs Attention" ? runNotice(run) : null;
	if (notice) {
		frm.dashboard.set_headline("<div></div>", noticeColour(run));
		frm.layout.message.find("div").first().append(notice);
	}
	whenEnded(run.job_id, "bank_transaction_form", reload); // an ended one may be tried again
	if (!isLive(run)) {
		return;
	}
	frm.remove_custom_button(action());
	if (run.requested_by === frappe.session.user && !isInBackground(run.job_id)) {
		showRun(run.job_id);
	} else {
		followRun(run.job_id);
	}
}

function action() {
	return t("Pay Unpaid Invoices");
}

function isStillOpen(frm, name) {
	return cur_frm === frm && frm.doc.name === name;
}
