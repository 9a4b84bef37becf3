/** Which runs there are of a bank transaction, and who may start one. */

import { INVOICING } from "./kinds.js";
import { runInUserLanguage } from "./sentences.js";
import { read } from "./server.js";

const USER_ROLE = "Bulk Reconciliation User";

/** Whether this user may start a run at all; the server decides about each document. */
export function mayReconcile() {
	const payments = ["create", "submit", "cancel"].every((right) => frappe.model[`can_${right}`]("Payment Entry"));
	return hasRole() && payments && frappe.model.can_write("Bank Transaction");
}

/** Whether this user may make invoices of orders at all. */
export function mayInvoice() {
	return frappe.model.can_create("Sales Invoice");
}

/**
 * Whether this user may stop runs of a kind and try them again, where the run allows it.
 *
 * @param {string} kind
 */
export function mayAct(kind) {
	return kind === INVOICING ? mayInvoice() : hasRole();
}

/** Frappe answers undefined where the role is missing, which the progress component would take for "not said". */
function hasRole() {
	return Boolean(frappe.user.has_role(USER_ROLE));
}

/** Whether this user may look at runs. */
export function mayWatch() {
	return frappe.model.can_read("Batch Run");
}

/** @param {object} run */
export function isLive(run) {
	return run.phase !== "ended";
}

/** @param {string} bankTransaction @returns {Promise<object|null>} the newest run, live or ended */
export async function newestRun(bankTransaction) {
	const { runs } = await read("imogi_finance.batch.api.runs", {
		reference_doctype: "Bank Transaction",
		reference_name: bankTransaction,
		limit: 1,
	});
	return runs.length ? runInUserLanguage(runs[0]) : null;
}

/**
 * The live runs of many bank transactions at once.
 *
 * @param {string[]} [bankTransactions]  left out: of all
 * @returns {Promise<Map<string, {job_id: string, requested_by: string}>>} by bank transaction
 */
export async function liveRuns(bankTransactions) {
	const found = await frappe.db.get_list("Batch Run", {
		fields: ["name", "reference_name", "requested_by"],
		filters: {
			reference_doctype: "Bank Transaction",
			status: ["in", ["Pending", "Processing", "Undoing"]],
		},
		limit: 200,
	});
	const wanted = bankTransactions && new Set(bankTransactions);
	return new Map(
		found
			.filter((run) => !wanted || wanted.has(run.reference_name))
			.map((run) => [run.reference_name, { job_id: run.name, requested_by: run.requested_by }]),
	);
}
