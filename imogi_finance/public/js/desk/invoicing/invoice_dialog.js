/**
 * Create invoices in batch: which orders and how on one side, on the other what the server says of
 * them, asked again with each change; then the progress dialog.
 */

import { render, html } from "../../vendor/lit-html/lit-html.js";
import { showRun, whenEnded } from "../progress.js";
import { newRequestKey } from "../request_key.js";
import { problemInUserLanguage } from "../sentences.js";
import { change, read } from "../server.js";
import { count, t } from "../voice.js";
import { Choice } from "./choice.js";
import { judgementView } from "./judgement_view.js";
import { checkedOrders, matchingOrders } from "./listed_orders.js";
import { optionsView } from "./options_view.js";

const API = "imogi_finance.batch_invoicing.api";
const PAUSE_MS = 250;

let open = null;

/**
 * Opens the dialog for the orders of a list of Sales Orders.
 *
 * @param {object} listview Frappe's
 * @param {object} [options]
 * @param {(run: object) => void} [options.onStarted]
 * @param {(run: object) => void} [options.onEnd]  when the run has ended, well or not
 */
export function invoiceOrders(listview, options = {}) {
	open?.close();
	open = createInvoiceDialog(listview, options);
}

function createInvoiceDialog(listview, { onStarted, onEnd }) {
	const title = t("Create Invoices in Batch");
	const dialog = new frappe.ui.Dialog({ title, size: "extra-large" });
	const root = dialog.body;
	const dates = createDateField(frappe.datetime.get_today(), (day) => set({ posting_date: day }));
	let choice = null;
	let state = { judgement: null, error: null, asking: false, sending: false };
	// The same request sent again after no answer must not start a second run; after an answer, or
	// another choice, the next click is a new request.
	let key = null;
	let looking = null; // for the orders that match, while that is asked
	let question = 0; // a slow answer must not replace a later one
	let pause = 0;
	let closed = false;

	dialog.$wrapper.addClass("imogi-pay-dialog imogi-invoicing-dialog").attr({ role: "dialog", "aria-modal": "true", "aria-label": title });
	dialog.get_close_btn().attr("aria-label", t("Close"));
	root.classList.add("imogi-pay", "imogi-invoicing");
	dialog.onhide = close;

	function draw(changes = {}) {
		state = { ...state, ...changes };
		if (!closed) {
			render(template(), root);
		}
	}

	function template() {
		const { judgement, error, asking, sending } = state;
		const ready = judgement?.ready ?? 0;
		return html`<div class="imogi-invoicing__columns">
				<div class="imogi-invoicing__options">
					${choice
						? optionsView({
								choice,
								matching: choice.found.matching?.length ?? null,
								dateField: dates.element,
								disabled: sending,
								onScope: setScope,
								onCompany: (company) => changed(() => choice.setCompany(company)),
								onOptions: set,
							})
						: ""}
				</div>
				<div class="imogi-invoicing__side">
					${judgementView({
						judgement,
						error,
						asking,
						asked: choice?.names.length ?? 0,
						takenOut: choice?.takenOut.size ?? 0,
						onAgain: choice ? check : load,
						onTakeOut: (names) => changed(() => choice.takeOut(names)),
						onPutBack: () => changed(() => choice.putBack()),
					})}
				</div>
			</div>
			<div class="imogi-pay__confirm-foot">
				<button type="button" class="btn btn-default btn-sm" ?disabled=${sending} @click=${() => dialog.hide()}>${t("Close")}</button>
				<button
					type="button"
					class="btn btn-primary btn-sm"
					data-testid="invoicing-submit"
					?disabled=${sending || asking || ready === 0 || (error && !error.isUnreachable)}
					@click=${submit}
				>
					${sending ? t("Submitting…") : submitLabel(ready)}
				</button>
			</div>`;
	}

	function submitLabel(ready) {
		const { one_per_customer: shared } = choice?.options ?? {};
		if (ready === 0) {
			return t("Create Invoices");
		}
		if (shared) {
			return ready === 1 ? t("Invoice 1 order") : t("Invoice {0} orders", [count(ready)]);
		}
		return ready === 1 ? t("Create 1 invoice") : t("Create {0} invoices", [count(ready)]);
	}

	/** Begins with what is checked in the list, while it is looked up which orders match. */
	async function load() {
		draw({ error: null, asking: true });
		try {
			const [checked, submits] = await Promise.all([checkedOrders(listview), proposedSubmit()]);
			choice = new Choice({ checked, today: frappe.datetime.get_today(), submit: submits });
		} catch (error) {
			draw({ error, asking: false });
			return;
		}
		check();
		lookForMatching().then(
			() => draw(),
			() => {}, // asked again when it is wanted
		);
	}

	function lookForMatching() {
		looking ??= matchingOrders(listview)
			.then((orders) => choice.setMatching(orders))
			.finally(() => {
				looking = null;
			});
		return looking;
	}

	function setScope(scope) {
		changed(() => choice.setScope(scope));
	}

	function set(changes) {
		if (choice) {
			changed(() => choice.set(changes));
		}
	}

	function changed(doIt) {
		doIt();
		key = null;
		clearTimeout(pause);
		draw({ asking: true });
		pause = setTimeout(check, PAUSE_MS);
	}

	/** Asks what would become of the orders, without starting anything. */
	async function check() {
		const asked = (question += 1);
		draw({ error: null, asking: true, ...(choice.isKnown ? {} : { judgement: null }) });
		try {
			if (!choice.isKnown) {
				await lookForMatching();
			}
			if (asked !== question) {
				return;
			}
			const judgement = choice.names.length ? await change(`${API}.check_invoices_bulk`, choice.question) : nothingFound();
			if (asked === question) {
				draw({ judgement: judgementInUserLanguage(judgement), asking: false });
			}
		} catch (error) {
			if (asked === question) {
				draw({ judgement: null, error: inWords(error), asking: false });
			}
		}
	}

	async function submit() {
		key ??= newRequestKey();
		draw({ sending: true, error: null });
		try {
			const run = await change(`${API}.create_invoices_bulk`, choice.request(key));
			started(run);
		} catch (error) {
			if (!error.isUnreachable) {
				key = null;
			}
			draw({ sending: false, error: inWords(error) });
			requestAnimationFrame(() => root.querySelector("[data-testid=invoicing-refused]")?.focus());
		}
	}

	function started(run) {
		if (onEnd) {
			whenEnded(run.job_id, "invoice_dialog", onEnd);
		}
		onStarted?.(run);
		// One dialog after the other: two that hold the focus would fight for it.
		dialog.$wrapper.one("hidden.bs.modal", () => showRun(run.job_id));
		dialog.hide();
	}

	function close() {
		if (closed) {
			return;
		}
		closed = true;
		clearTimeout(pause);
		dates.destroy();
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

	// A click beside the dialog must not throw away what was chosen.
	dialog.$wrapper.modal({ backdrop: "static", show: false });
	dialog.show();
	load();
	return { dialog, close };
}

/** What the settings propose, invoices submitted or drafts; drafts to who may not read the settings. */
async function proposedSubmit() {
	try {
		return (await read("frappe.client.get_single_value", { doctype: "IMOGI Finance Settings", field: "invoices" })) === "Submitted";
	} catch {
		return false;
	}
}

function nothingFound() {
	return { ready: 0, bad: 0, problems: [], problems_total: 0, left_out: [], left_out_total: 0 };
}

function judgementInUserLanguage(judgement) {
	return {
		...judgement,
		problems: judgement.problems.map(problemInUserLanguage),
		left_out: judgement.left_out.map(problemInUserLanguage),
	};
}

function inWords(error) {
	error.problems = (error.problems ?? []).map(problemInUserLanguage);
	return error;
}

/** A date in the user's own format; one that is emptied is today. */
function createDateField(today, onChange) {
	const element = document.createElement("div");
	const control = frappe.ui.form.make_control({
		parent: element,
		df: {
			fieldtype: "Date",
			fieldname: "posting_date",
			input_class: "input-xs",
			change: () => onChange(control.get_value() || today),
		},
		only_input: true,
		render_input: true,
	});
	control.set_value(today);
	control.$input.attr({ "aria-labelledby": "imogi-invoicing-date", "data-testid": "invoicing-posting-date" });
	return { element, destroy: () => control.datepicker?.destroy?.() };
}

frappe.router.on("change", () => open?.close());
