/**
 * ERPNext's Bank Reconciliation Tool: a button on each bank transaction and in its dialog.
 * The tool's own objects of this page are extended, its classes are left alone.
 */

import { payUnpaidInvoices } from "./pay_dialog.js";
import { followRun, isInBackground, showRun, whenEnded } from "./progress.js";
import { liveRuns, mayReconcile } from "./runs.js";
import { t } from "./voice.js";

const BUTTON_WIDTH = 104;
const MOST_FOLLOWED = 10;
const ROW_FIELDS = [
	"name",
	"date",
	"deposit",
	"withdrawal",
	"currency",
	"description",
	"bank_account",
	"company",
	"unallocated_amount",
	"reference_number",
	"party_type",
	"party",
];

/** @param {object} frm */
export function attachToReconciliationTool(frm) {
	reopenOwnRun(frm);
	const table = frm.bank_reconciliation_data_table_manager;
	if (!table || table.imogi_finance) {
		return;
	}
	table.imogi_finance = { runs: new Map() };
	extendRows(frm, table);
	extendDialog(frm, table);
	if (table.transactions) {
		redraw(table); // its rows have come before us
	}
	refreshRuns(frm, table);
}

/** Each row gets a second button; the tool draws rows again when one has changed. */
function extendRows(frm, table) {
	const format_row = table.format_row.bind(table);
	const get_dt_columns = table.get_dt_columns.bind(table);
	const set_listeners = table.set_listeners.bind(table);
	table.format_row = (row) => {
		const cells = format_row(row);
		cells.push(cells.pop() + rowButton(table, row.name));
		return cells;
	};
	table.get_dt_columns = () => {
		get_dt_columns();
		// The table is as wide as the page already: what the button takes, the longest column gives.
		const widest = table.columns.reduce((one, other) => (other.width > one.width ? other : one));
		widest.width -= BUTTON_WIDTH;
		table.columns[table.columns.length - 1].width += BUTTON_WIDTH;
	};
	table.set_listeners = () => {
		set_listeners();
		listen(frm, table);
	};
	if (table.datatable) {
		table.get_dt_columns();
		listen(frm, table);
	}
}

function rowButton(table, name) {
	const run = table.imogi_finance.runs.get(name);
	if (!run && !mayReconcile()) {
		return "";
	}
	const label = run ? t("Show Progress") : t("Pay Invoices");
	// Not of the class btn: the tool opens its own dialog for any of these.
	return ` <a role="button" tabindex="0" class="imogi-tool-button" data-testid="pay-invoices"
		data-transaction="${frappe.utils.escape_html(name)}">${frappe.utils.escape_html(label)}</a>`;
}

function listen(frm, table) {
	// The element stays when the tool makes its table anew.
	const events = "click.imogi_finance keydown.imogi_finance";
	$(table.datatable.wrapper).off(events).on(events, ".imogi-tool-button", (event) => {
		if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") {
			return;
		}
		event.preventDefault();
		event.stopPropagation();
		const name = event.currentTarget.dataset.transaction;
		const run = table.imogi_finance.runs.get(name);
		if (run) {
			showRun(run.job_id);
		} else {
			pay(frm, table, name);
		}
	});
}

/** The dialog behind “Actions” is made when the server has said which documents can be matched. */
function extendDialog(frm, table) {
	const manager = table.dialog_manager;
	const show_dialog = manager.show_dialog.bind(manager);
	manager.show_dialog = (name, update) => {
		if (manager.dialog && !manager.dialog.imogi_finance && mayReconcile()) {
			manager.dialog.imogi_finance = true;
			manager.dialog.add_custom_action(t("Pay Unpaid Invoices"), () => {
				manager.dialog.$wrapper.one("hidden.bs.modal", () => pay(frm, table, manager.bank_transaction.name));
				manager.dialog.hide();
			});
		}
		return show_dialog(name, update);
	};
}

function pay(frm, table, name) {
	payUnpaidInvoices(name, { onStarted: () => refreshRuns(frm, table), onEnd: (status) => ended(frm, status) });
}

/** The rows of the table that a run works on say so. */
async function refreshRuns(frm, table) {
	const runs = await liveRuns(Object.keys(table.transaction_dt_map ?? {}));
	const changed = [...runs.keys(), ...table.imogi_finance.runs.keys()].some(
		(name) => runs.get(name)?.job_id !== table.imogi_finance.runs.get(name)?.job_id,
	);
	table.imogi_finance.runs = runs;
	for (const { job_id: jobId } of [...runs.values()].slice(0, MOST_FOLLOWED)) {
		whenEnded(jobId, "reconciliation_tool", (status) => ended(frm, status));
		followRun(jobId);
	}
	if (changed) {
		redraw(table);
	}
}

function redraw(table) {
	if (!table.datatable) {
		return;
	}
	for (const [name, index] of Object.entries(table.transaction_dt_map)) {
		const cells = table.transactions[index];
		if (cells) {
			const own = $("<div>").html(cells[cells.length - 1]);
			own.find(".imogi-tool-button").remove();
			cells[cells.length - 1] = own.html().trim() + rowButton(table, name);
		}
	}
	table.datatable.refresh(table.transactions, table.columns);
}

/** The tool's own way to bring one row and the balances up to date. */
async function ended(frm, { bank_transaction: name }) {
	const table = frm.bank_reconciliation_data_table_manager;
	if (cur_frm !== frm || !table?.datatable) {
		return;
	}
	table.imogi_finance?.runs.delete(name);
	// The tool does not look whether it has the row, and takes away another one.
	if (!(name in table.transaction_dt_map)) {
		return;
	}
	const { message: row } = await frappe.db.get_value("Bank Transaction", name, ROW_FIELDS);
	if (!row || !(name in table.transaction_dt_map)) {
		return;
	}
	table.update_dt_cards(row);
	if (flt(row.unallocated_amount) <= 0) {
		delete table.transaction_dt_map[name];
	}
}

/** After a reload the tool has forgotten its bank account, but the run goes on. */
async function reopenOwnRun(frm) {
	if (frm.imogi_finance_looked) {
		return;
	}
	frm.imogi_finance_looked = true;
	const runs = await liveRuns();
	const own = [...runs.values()].find((run) => run.requested_by === frappe.session.user && !isInBackground(run.job_id));
	if (own && cur_frm === frm) {
		whenEnded(own.job_id, "reconciliation_tool", (status) => ended(frm, status));
		showRun(own.job_id);
	}
}
