/**
 * The list of Sales Orders: the action, and above the list the user's own runs, as they go on and
 * how they ended.
 */

import { INVOICING } from "../kinds.js";
import { followRun, showRun, whenEnded, whenMoved } from "../progress.js";
import { inUserLanguage } from "../sentences.js";
import { count, t } from "../voice.js";
import { invoiceOrders } from "./invoice_dialog.js";

const MOST_SHOWN = 3;
const LOOK_AGAIN_MS = 20_000;

/** What stands above a list. @type {WeakMap<object, {element: HTMLElement, lines: Map<string, HTMLElement>, lookedAt: number}>} */
const notices = new WeakMap();

/** @param {object} listview Frappe's */
export function invoiceOrdersOfList(listview) {
	invoiceOrders(listview, {
		onStarted(run) {
			listview.clear_checked_items();
			show(listview, run.job_id);
		},
	});
}

/** Shows the user's live runs above the list; called with each refresh. @param {object} listview Frappe's */
export async function attachToOrderList(listview) {
	const notice = noticeOf(listview);
	if (Date.now() - notice.lookedAt < LOOK_AGAIN_MS) {
		return; // the list is refreshed with every order that changes
	}
	notice.lookedAt = Date.now();
	for (const job of await ownLiveRuns()) {
		show(listview, job);
	}
}

/** @returns {Promise<string[]>} the newest first */
async function ownLiveRuns() {
	const found = await frappe.db.get_list("Batch Run", {
		fields: ["name"],
		filters: { kind: INVOICING, requested_by: frappe.session.user, status: ["in", ["Pending", "Processing"]] },
		order_by: "creation desc",
		limit: MOST_SHOWN,
	});
	return found.map(({ name }) => name);
}

function show(listview, job) {
	const { element, lines } = noticeOf(listview);
	if (!lines.has(job)) {
		const line = createLine(job, () => {
			line.element.remove();
			lines.delete(job);
		});
		lines.set(job, line);
		element.prepend(line.element);
	}
	// A run may have ended, and have been tried again in its dialog since.
	whenMoved(job, "order_list", (run) => lines.get(job)?.draw(run));
	whenEnded(job, "order_list", (details) => {
		lines.get(job)?.end(details);
		listview.last_args = null; // else it leaves out a refresh like that of three seconds ago
		listview.refresh();
	});
	followRun(job);
}

function noticeOf(listview) {
	if (!notices.has(listview)) {
		const element = document.createElement("div");
		element.className = "imogi-order-runs";
		listview.$result.before(element);
		notices.set(listview, { element, lines: new Map(), lookedAt: -Infinity });
	}
	return notices.get(listview);
}

function createLine(job, onRemove) {
	const text = document.createElement("span");
	text.className = "imogi-order-runs__text";
	text.setAttribute("role", "status");
	text.textContent = t("Run {0} is at work.", [job]);
	const fill = document.createElement("div");
	const bar = document.createElement("div");
	bar.className = "imogi-order-runs__bar";
	bar.setAttribute("aria-hidden", "true");
	bar.append(fill);
	const details = button(t("Show Progress"), () => showRun(job));
	details.dataset.testid = "show-progress";
	const remove = button("×", onRemove);
	remove.className = "btn-link imogi-order-runs__remove";
	remove.setAttribute("aria-label", t("Hide"));
	remove.hidden = true;
	const element = document.createElement("div");
	element.className = "imogi-order-runs__line";
	element.dataset.testid = "order-run";
	element.dataset.run = job;
	element.append(text, bar, details, remove);

	function draw({ phase, processed, failed, details: known, ended }) {
		if (ended) {
			return;
		}
		const total = known.items_total || 0;
		const numbers = t("{0} of {1}", [count(processed), count(total)]);
		const words =
			phase === "waiting"
				? t("Invoices for {0} orders wait for a worker.", [count(total)])
				: [t("Invoices are being created: {0} orders.", [numbers]), failed ? t("{0} failed", [count(failed)]) : ""].filter(Boolean).join(" ");
		if (total) {
			text.textContent = words;
		}
		fill.style.width = `${total ? (100 * processed) / total : 0}%`;
		element.dataset.status = "live";
		bar.hidden = false;
		remove.hidden = true;
		details.textContent = t("Show Progress");
	}

	function end(known) {
		text.textContent = inUserLanguage(known.message) || t(known.status);
		element.dataset.status = known.status;
		bar.hidden = true;
		remove.hidden = false;
		details.textContent = t("Details");
	}

	return { element, draw, end };
}

function button(label, onClick) {
	const node = document.createElement("button");
	node.type = "button";
	node.className = "btn btn-default btn-xs";
	node.textContent = label;
	node.addEventListener("click", onClick);
	return node;
}
