/** Pay unpaid invoices: choose, look once more, ask the server; then the progress dialog. */

import { plainAmount } from "../batch_progress/csv.js";
import { loadDraft, saveDraft } from "../selection/draft.js";
import { Workbench } from "../selection/workbench.js";
import { render } from "../vendor/lit-html/lit-html.js";
import { createConfirmView } from "./confirm_view.js";
import { createMatchView } from "./match_view.js";
import { showRun, whenEnded } from "./progress.js";
import { problemInUserLanguage } from "./sentences.js";
import { change, read } from "./server.js";
import { failureState, loadingState } from "./states.js";
import { moneyIn, t } from "./voice.js";

const API = "imogi_finance.bank_reconciliation.api";
const DRAFT_MS = 400;

let open = null;

/**
 * Opens the dialog for a bank transaction; or the progress of the run that works on it.
 *
 * @param {string} bankTransaction
 * @param {object} [options]
 * @param {(run: object) => void} [options.onStarted]
 * @param {(run: object) => void} [options.onEnd]  when the run has ended, well or not
 */
export function payUnpaidInvoices(bankTransaction, options = {}) {
	open?.close();
	open = createPayDialog(bankTransaction, options);
}

function createPayDialog(bankTransaction, { onStarted, onEnd }) {
	const dialog = new frappe.ui.Dialog({ title: t("Pay Unpaid Invoices"), size: "extra-large" });
	const root = dialog.body;
	let bench = null;
	let view = null;
	let state = { loading: true, error: null, step: "match" };
	let frame = 0;
	let drafting = 0;
	let closed = false;

	dialog.$wrapper.addClass("imogi-pay-dialog").attr({ role: "dialog", "aria-modal": "true", "aria-label": t("Pay Unpaid Invoices") });
	dialog.get_close_btn().attr("aria-label", t("Close"));
	root.classList.add("imogi-pay");
	dialog.onhide = close;

	function requestRender() {
		if (!frame && !closed) {
			frame = requestAnimationFrame(draw);
		}
	}

	function draw() {
		frame = 0;
		if (closed) {
			return;
		}
		render(template(), root);
		if (state.step === "match" && bench) {
			view.match.afterRender();
		}
	}

	function template() {
		if (!bench) {
			return state.error ? failureState(state.error, load) : loadingState();
		}
		return view[state.step].template({ loading: state.loading, error: state.error, reload: load });
	}

	async function load() {
		state = { ...state, loading: true, error: null };
		requestRender();
		const asked = { bank_transaction_name: bankTransaction };
		try {
			const [{ transaction, invoices }, { vouchers }, payments] = await Promise.all([
				read(`${API}.unpaid_invoices`, asked),
				read(`${API}.open_vouchers`, asked),
				bench ? null : frappe.db.get_single_value("IMOGI Finance Settings", "payments"),
			]);
			if (closed) {
				return;
			}
			const first = !bench;
			if (first) {
				begin(transaction, payments);
			}
			bench.transaction = transaction;
			bench.setRows("invoices", invoices);
			bench.setRows("vouchers", vouchers);
			view.match.refresh();
			state = { ...state, loading: false };
			draw();
			if (first) {
				view.match.focus();
			}
		} catch (error) {
			state = { ...state, loading: false, error };
			requestRender();
		}
	}

	function begin(transaction, payments) {
		bench = new Workbench({ today: frappe.datetime.get_today(), translate: t, money: moneyIn(transaction.currency) });
		bench.choices.perParty = payments === "One payment a party";
		loadDraft(bankTransaction, bench.selection);
		view = {
			match: createMatchView({ bench, requestRender, onChanged: keepDraft, onSubmit: () => go("confirm") }),
			confirm: createConfirmView({ bench, requestRender, send, onStarted: started, onBack: () => go("match"), onDeselect: deselect }),
		};
	}

	function go(step) {
		state = { ...state, step };
		if (step === "confirm") {
			view.confirm.begin();
		}
		draw();
		view[step].focus();
	}

	function send(idempotencyKey) {
		const payload = bench.payload(idempotencyKey);
		const { exponent } = bench.transaction;
		for (const row of payload.invoices) {
			// As text: a decimal must not pass through a binary fraction.
			row.amount = row.amount === null ? null : plainAmount(row.amount, exponent);
		}
		return change(`${API}.create_payment_entries_bulk`, payload).catch((error) => {
			error.problems = (error.problems ?? []).map(problemInUserLanguage);
			throw error;
		});
	}

	function started(run) {
		bench.clearSelection();
		keepDraft();
		if (onEnd) {
			whenEnded(run.job_id, "pay_dialog", onEnd);
		}
		onStarted?.(run);
		// One dialog after the other: two that hold the focus would fight for it.
		dialog.$wrapper.one("hidden.bs.modal", () => showRun(run.job_id));
		dialog.hide();
	}

	function deselect(documents) {
		view.match.deselect(documents);
		go("match");
		load(); // whatever the server objected to has changed meanwhile
	}

	function keepDraft() {
		clearTimeout(drafting);
		drafting = setTimeout(() => saveDraft(bankTransaction, bench.selection), DRAFT_MS);
	}

	function close() {
		if (closed) {
			return;
		}
		closed = true;
		cancelAnimationFrame(frame);
		clearTimeout(drafting);
		if (bench) {
			saveDraft(bankTransaction, bench.selection);
			view.match.destroy();
		}
		if (open?.dialog === dialog) {
			open = null;
		}
		dialog.$wrapper.one("hidden.bs.modal", () => dialog.$wrapper.remove());
		if (dialog.display) {
			dialog.hide();
		} else {
			dialog.$wrapper.one("shown.bs.modal", () => dialog.hide()); // it is still opening
		}
	}

	// A click beside a long selection must not throw it away.
	dialog.$wrapper.modal({ backdrop: "static", show: false });
	dialog.show();
	draw();
	load();
	return { dialog, close };
}

frappe.router.on("change", () => open?.close());
