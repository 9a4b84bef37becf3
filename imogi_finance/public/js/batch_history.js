/**
 * How batch runs have fared: success rate, average times, queue, a column a day, common errors and
 * the latest runs. Asks again by itself while somebody looks. The ERPNext Desk and the sandbox page
 * use this same file.
 *
 *   import { openBatchHistory } from "/assets/imogi_finance/js/batch_history.js";
 *
 *   const history = openBatchHistory({
 *     container: element,
 *     load: ({ days }) => api.history({ days }), // the answer of batch_invoicing.api.history
 *     translate: __,                             // (text, args) => text, with {0} placeholders
 *     format: { number, time, date },            // any of the formats in format.js
 *     locale: "en",
 *     linkTo: (doctype, name) => "/app/…",       // null where there is none
 *     linkToDay: (day) => "/app/…",              // opens the runs of a column; optional
 *     emptyHint: "…",                            // what begins a run, said where there is none yet
 *   });
 *   history.refresh();
 *   history.close();
 *
 * An error of `load` is shown by its `message`; what was learned last stays on the screen.
 * Its stylesheets are css/batch_history.css and css/batch_history_parts.css; the host loads them.
 */

import { render } from "./vendor/lit-html/lit-html.js";
import { createFormat, plainTranslate } from "./batch_progress/format.js";
import { historyView } from "./batch_history/view.js";

const USUAL_PERIOD = 30;
const TICK_MS = 1_000;
const EVERY_MS = { live: 3_000, idle: 20_000, failed: 5_000 };

/**
 * @param {object} options
 * @param {HTMLElement} options.container
 * @param {(wanted: {days: number}) => Promise<object>} options.load
 * @param {(text: string, args?: any[]) => string} [options.translate]
 * @param {object} [options.format]
 * @param {string} [options.locale]
 * @param {(doctype: string, name: string) => string|null} [options.linkTo]
 * @param {(day: string) => string|null} [options.linkToDay]
 * @param {string} [options.emptyHint]
 * @param {number} [options.headingLevel]  of its sections, 2 to 4
 * @returns {{refresh(): Promise<void>, close(): void, element: HTMLElement}}
 */
export function openBatchHistory({
	container,
	load,
	translate = plainTranslate,
	format,
	locale,
	linkTo = () => null,
	linkToDay = () => null,
	emptyHint = "",
	headingLevel = 2,
}) {
	const state = { history: null, error: null, days: USUAL_PERIOD, asking: false };
	const element = document.createElement("div");
	element.className = "imogi-history";
	container.append(element);
	const world = { t: translate, format: { ...createFormat(locale), ...format }, linkTo, linkToDay, emptyHint, headingLevel };
	let asked = 0; // a slow answer must not replace a later one
	let dueAt = Infinity;
	let closed = false;

	function draw() {
		if (!closed) {
			render(historyView(state, { choose, refresh }, world), element);
		}
	}

	async function refresh() {
		const question = (asked += 1);
		dueAt = Infinity;
		state.asking = true;
		draw();
		let found = null;
		let failure = null;
		try {
			found = await load({ days: state.days });
		} catch (error) {
			failure = error;
		}
		if (closed || question !== asked) {
			return;
		}
		state.asking = false;
		state.error = failure;
		state.history = found ?? state.history;
		dueAt = performance.now() + EVERY_MS[failure ? "failed" : isLive(found) ? "live" : "idle"];
		draw();
	}

	function choose(days) {
		state.days = days;
		refresh();
	}

	/** Whoever does not look is not worth a question; who looks again gets an answer at once. */
	function tick() {
		const isSeen = !document.hidden && element.getClientRects().length > 0;
		if (isSeen && performance.now() >= dueAt) {
			refresh();
		}
	}

	const ticker = setInterval(tick, TICK_MS);
	document.addEventListener("visibilitychange", tick);
	refresh();

	return {
		refresh,
		close() {
			closed = true;
			clearInterval(ticker);
			document.removeEventListener("visibilitychange", tick);
			element.remove();
		},
		element,
	};
}

function isLive({ queue }) {
	return queue.pending + queue.processing > 0;
}
