/**
 * All documents of a run: a paged table with a filter by status. The rows are the
 * server's; they are asked for again when the run has moved.
 */

import { INVOICING } from "./kinds.js";
import { read } from "./server.js";
import { count, moneyText, t } from "./voice.js";

const PAGE = 20;
const PAUSE_MS = 2_000;

const COLOURS = {
	Pending: "gray",
	Succeeded: "green",
	Failed: "red",
	Skipped: "gray",
	Undone: "orange",
	"Undo Failed": "red",
};
/** What needs a look comes first. */
const STATUSES = ["Undo Failed", "Failed", "Succeeded", "Undone", "Skipped", "Pending"];

/**
 * @param {object} options
 * @param {HTMLElement} options.container
 * @param {import("../batch_progress/feed.js").Transport} options.transport
 * @returns {{show(run: object): void, stop(): void}}  `show` takes the run's status as the server tells it
 */
export function createRunItems({ container, transport }) {
	let run = null;
	let drawnFor = null;
	let status = null;
	let offset = 0;
	let timer = null;
	let stopped = false;
	// A slow answer to an earlier question must not replace a later one.
	let question = 0;

	const filters = make("div", "imogi-run-items__filters", { role: "group", "aria-label": t("Filter by status") });
	const note = make("p", "imogi-run-items__note text-muted", { role: "status" });
	const scroller = make("div", "imogi-run-items__scroller");
	const pager = make("div", "imogi-run-items__pager");
	const element = make("section", "imogi-run-items", { "data-testid": "run-items" });
	const title = make("h3", "imogi-run-items__title");
	title.textContent = t("Documents");
	const head = make("div", "imogi-run-items__head");
	head.append(title, filters);
	element.append(head, note, scroller, pager);
	container.append(element);

	async function load() {
		clearTimeout(timer);
		timer = null;
		const asked = (question += 1);
		const key = keyOf(run);
		try {
			const [page, counts] = await Promise.all([
				transport.items(run.job_id, { status: status ?? undefined, offset, limit: PAGE }),
				countAll(),
			]);
			if (stopped || asked !== question) {
				return;
			}
			if (!page.items.length && offset > 0) {
				offset = 0; // what stood here has moved on to another status
				return await load();
			}
			drawnFor = key;
			draw(page, counts);
		} catch (error) {
			if (!stopped && asked === question) {
				note.textContent = t("The documents cannot be loaded right now: {0}", [error.message]);
				later();
			}
		}
	}

	async function countAll() {
		const rows = await read("frappe.client.get_list", {
			doctype: "Batch Run Item",
			filters: { run: run.job_id },
			fields: ["status", "count(name) as number"],
			group_by: "status",
			limit_page_length: 0,
		});
		return Object.fromEntries(rows.map((row) => [row.status, row.number]));
	}

	function later() {
		timer ??= setTimeout(load, PAUSE_MS);
	}

	function draw({ items, total }, counts) {
		note.textContent = items.length ? "" : t("No documents with this status.");
		drawFilters(counts);
		scroller.replaceChildren(...(items.length ? [table(items)] : []));
		drawPager(items.length, total);
	}

	function drawFilters(counts) {
		const all = Object.values(counts).reduce((sum, number) => sum + number, 0);
		const present = STATUSES.filter((name) => counts[name] || name === status);
		filters.replaceChildren(
			filter(null, t("All"), all),
			...present.map((name) => filter(name, t(name), counts[name])),
		);
	}

	function filter(name, label, number) {
		const chosen = status === name;
		const button = make("button", `btn btn-xs ${chosen ? "btn-primary" : "btn-default"}`, {
			type: "button",
			"aria-pressed": String(chosen),
			"data-status": name ?? "All",
		});
		button.textContent = `${label} ${count(number)}`;
		button.addEventListener("click", () => {
			status = name;
			offset = 0;
			load();
		});
		return button;
	}

	function table(items) {
		const withReason = items.some((item) => item.error);
		const made = run.kind === INVOICING ? t("Invoice") : t("Payment");
		const titles = ["#", t("Document"), t("Amount"), t("Status"), made, ...(withReason ? [t("Reason")] : [])];
		const node = make("table", "table imogi-run-items__table");
		const headRow = node.createTHead().insertRow();
		for (const [i, text] of titles.entries()) {
			const cell = make("th", i === 2 ? "text-right" : "", { scope: "col" });
			cell.textContent = text;
			headRow.append(cell);
		}
		const body = node.createTBody();
		items.forEach((item) => body.append(row(item, withReason)));
		return node;
	}

	function row(item, withReason) {
		const node = make("tr", "", { "data-testid": "run-item", "data-status": item.status });
		const kind = make("div", "text-muted small");
		kind.textContent = t(item.doctype);
		const pill = make("span", `indicator-pill no-indicator-dot ${COLOURS[item.status] ?? "gray"}`);
		pill.textContent = t(item.status);
		node.append(
			cell("text-muted", String(item.position)),
			cell("", link(item.doctype, item.name), kind),
			cell("text-right imogi-run-items__amount", moneyText(item.amount, run.currency, run.exponent)),
			cell("", pill, ...(item.attempt > 0 ? [attempts(item.attempt)] : [])),
			cell("", ...(item.result ? [resultLink(item.result)] : [])),
		);
		if (withReason) {
			node.append(cell("imogi-run-items__reason", item.error ?? ""));
		}
		return node;
	}

	function drawPager(shown, total) {
		if (total <= PAGE) {
			pager.replaceChildren();
			return;
		}
		const range = make("span", "text-muted");
		range.textContent = t("{0}–{1} of {2}", [offset + 1, offset + shown, total].map((number) => count(number)));
		pager.replaceChildren(
			range,
			turn(t("Previous"), -PAGE, offset === 0),
			turn(t("Next"), PAGE, offset + shown >= total),
		);
	}

	function turn(label, by, disabled) {
		const button = make("button", "btn btn-xs btn-default", { type: "button" });
		button.textContent = label;
		button.disabled = disabled;
		button.addEventListener("click", () => {
			offset = Math.max(0, offset + by);
			load();
		});
		return button;
	}

	return {
		show(next) {
			const first = run === null;
			const ended = next.phase === "ended" && run?.phase !== "ended";
			if (run && run.job_id !== next.job_id) {
				offset = 0; // a retry goes on under another name
				drawnFor = null;
			}
			run = { ...run, ...next };
			if (first || ended) {
				load();
			} else if (keyOf(run) !== drawnFor) {
				later();
			}
		},
		stop() {
			stopped = true;
			clearTimeout(timer);
			element.remove();
		},
	};
}

/** When this changes, the rows on screen may be out of date. */
function keyOf(run) {
	return [run.job_id, run.status, run.processed, run.failed, run.undone].join("/");
}

function attempts(number) {
	const node = make("div", "text-muted small");
	node.textContent = number === 1 ? t("1 failed attempt") : t("{0} failed attempts", [count(number)]);
	return node;
}

/** "Payment Entry ACC-PAY-2026-00001": no name of ours has a blank. */
function resultLink(result) {
	const at = result.lastIndexOf(" ");
	return link(result.slice(0, at), result.slice(at + 1));
}

function link(doctype, name) {
	const node = make("a", "", { href: frappe.utils.get_form_link(doctype, name) });
	node.textContent = name;
	return node;
}

function cell(className, ...children) {
	const node = make("td", className);
	node.append(...children);
	return node;
}

function make(tag, className = "", attributes = {}) {
	const node = document.createElement(tag);
	if (className) {
		node.className = className;
	}
	for (const [name, value] of Object.entries(attributes)) {
		node.setAttribute(name, value);
	}
	return node;
}
