/**
 * The items that failed, or were left out, each with its reason: a paged table that can be
 * copied or downloaded whole.
 */

import { plainAmount, toCsv, toText } from "./csv.js";
import { el, setText, show } from "./dom.js";

const PAGE = 20;
const ALL_PAGE = 200;
const RELOAD_EVERY_MS = 2_000;

/**
 * @param {object} options
 * @param {"Failed"|"Undo Failed"|"Skipped"} options.status
 * @param {string} options.title
 * @param {(item: object) => string|null} [options.advice]  what to do about it
 * @param {import("./feed.js").Transport} options.transport
 * @param {(text: string, args?: any[]) => string} options.t
 * @param {object} options.format
 * @param {(doctype: string, name: string) => string|null} [options.linkTo]
 * @param {number} options.headingLevel
 * @returns {{element: HTMLElement, update(run: object, count: number|null): void}}
 */
export function createFailedItems({ status, title, advice, transport, t, format, linkTo, headingLevel }) {
	let run = null;
	let offset = 0;
	let total = 0;
	let items = [];
	let loadedFor = null;
	let loading = false;
	let timer = null;

	const heading = el(`h${headingLevel}`, { class: "failed-title" });
	const note = el("span", { class: "failed-note", role: "status" });
	const body = el("tbody");
	const table = el(
		"table",
		{ class: "table" },
		el(
			"thead",
			{},
			el(
				"tr",
				{},
				el("th", { scope: "col", text: t("Document") }),
				el("th", { scope: "col", class: "number", text: t("Amount") }),
				el("th", { scope: "col", text: t("Reason") }),
			),
		),
		body,
	);
	const scroller = el("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": title }, table);
	const range = el("span", { class: "range" });
	const before = el("button", { class: "button small", type: "button", text: t("Previous"), onclick: () => turn(-PAGE) });
	const after = el("button", { class: "button small", type: "button", text: t("Next"), onclick: () => turn(PAGE) });
	const pager = el("div", { class: "pager" }, range, before, after);
	const copy = el("button", { class: "button small", type: "button", text: t("Copy"), onclick: copyAll });
	const csv = el("button", { class: "button small", type: "button", text: t("Download CSV"), onclick: download });
	const element = el(
		"section",
		{ class: "failed", hidden: true },
		el("div", { class: "failed-head" }, heading, note, copy, csv),
		scroller,
		pager,
	);

	function turn(by) {
		offset = Math.max(0, offset + by);
		load();
	}

	async function load() {
		if (loading) {
			return;
		}
		loading = true;
		const wanted = keyOf(run);
		try {
			const page = await transport.items(run.jobId, { status, offset, limit: PAGE });
			items = page.items;
			total = page.total;
			setText(note, "");
		} catch {
			// The status carries the first ones; better those than none.
			items = (run.details.failed_items || []).filter((item) => item.status === status);
			total = Math.max(total, items.length);
			setText(note, t("The full list cannot be loaded right now."));
		}
		loadedFor = wanted;
		loading = false;
		draw();
		if (keyOf(run) !== loadedFor) {
			later();
		}
	}

	function later() {
		if (!timer) {
			timer = setTimeout(() => {
				timer = null;
				load();
			}, RELOAD_EVERY_MS);
		}
	}

	function draw() {
		show(element, total > 0);
		setText(heading, `${title} (${format.number(total)})`);
		body.replaceChildren(...items.map(row));
		show(pager, total > PAGE);
		setText(range, t("{0}–{1} of {2}", [offset + 1, offset + items.length, total].map((n) => format.number(n))));
		before.disabled = offset === 0;
		after.disabled = offset + PAGE >= total;
	}

	function row(item) {
		const href = linkTo?.(item.doctype, item.name);
		const name = href ? el("a", { class: "link", href, text: item.name }) : el("span", { class: "name", text: item.name });
		const help = advice?.(item);
		return el(
			"tr",
			{ "data-testid": "failed-item" },
			el("td", {}, name, el("span", { class: "doctype", text: t(item.doctype) })),
			el("td", { class: "number", text: money(item) }),
			el(
				"td",
				{ class: "reason" },
				el("span", { text: item.error || t("No reason was recorded.") }),
				help ? el("span", { class: "advice", text: help }) : null,
			),
		);
	}

	function money(item) {
		return item.amount === null || item.amount === undefined ? "" : format.money(item.amount, "", run.details.exponent ?? 2);
	}

	async function everything() {
		const all = [];
		for (;;) {
			const page = await transport.items(run.jobId, { status, offset: all.length, limit: ALL_PAGE });
			all.push(...page.items);
			if (page.items.length === 0 || all.length >= page.total) {
				return all;
			}
		}
	}

	async function withAll(action, done) {
		copy.disabled = csv.disabled = true;
		try {
			await action(await everything());
			setText(note, done);
		} catch (error) {
			setText(note, t("That did not work: {0}", [error?.message || String(error)]));
		}
		copy.disabled = csv.disabled = false;
	}

	function copyAll() {
		return withAll((all) => writeClipboard(toText(all, money), element), t("Copied."));
	}

	function download() {
		return withAll((all) => {
			const exponent = run.details.exponent ?? 2;
			const head = [t("Document type"), t("Document"), t("Amount"), t("Status"), t("Attempt"), t("Result"), t("Reason")];
			const rows = all.map((item) => [
				item.doctype,
				item.name,
				plainAmount(item.amount, exponent),
				item.status,
				item.attempt,
				item.result,
				item.error,
			]);
			const url = URL.createObjectURL(new Blob([toCsv([head, ...rows])], { type: "text/csv;charset=utf-8" }));
			const link = el("a", { href: url, download: `${run.jobId}-${status.toLowerCase().replace(" ", "-")}.csv` });
			element.append(link);
			link.click();
			link.remove();
			setTimeout(() => URL.revokeObjectURL(url), 10_000);
		}, t("Downloaded."));
	}

	return {
		element,
		/** `count` is how many there are now; null when only the server can tell. */
		update(next, count) {
			const first = !run;
			if (run && run.jobId !== next.jobId) {
				offset = 0;
				loadedFor = null;
				total = 0;
				items = [];
				draw();
			}
			run = next;
			if (count === 0) {
				show(element, false);
				loadedFor = keyOf(next);
			} else if (loadedFor !== keyOf(next) && !loading) {
				if (first || loadedFor === null || next.ended) {
					load();
				} else {
					later();
				}
			}
		},
		destroy() {
			clearTimeout(timer);
		},
	};
}

/** When this changes, the list on screen may be out of date. */
function keyOf(run) {
	return `${run.jobId}/${run.failed}/${run.phase}/${run.status}`;
}

async function writeClipboard(text, near) {
	if (navigator.clipboard && window.isSecureContext) {
		await navigator.clipboard.writeText(text);
		return;
	}
	// Plain http inside a company network: the clipboard API is not there.
	const area = el("textarea", { class: "offscreen", "aria-hidden": "true" });
	area.value = text;
	near.append(area);
	area.select();
	const copied = document.execCommand("copy");
	area.remove();
	if (!copied) {
		throw new Error("the browser refused the clipboard");
	}
}
