/**
 * The component's DOM: built once, then only changed where the state changed.
 */

import { announce, initialMemory } from "./announcer.js";
import { createCancelBar } from "./cancel_bar.js";
import { el, icon, setAttribute, setText, show } from "./dom.js";
import { createFailedItems } from "./failed_items.js";
import { fractionOf, isPerItem, leftOutOf } from "./model.js";
import * as say from "./wording.js";

const OUTCOME_ICONS = {
	success: "done",
	partial: "alert",
	failed: "undo",
	cancelled: "undo",
	attention: "alert",
};

/**
 * @param {object} options
 * @param {object} options.feed
 * @param {import("./feed.js").Transport} options.transport
 * @param {(text: string, args?: any[]) => string} options.t
 * @param {object} options.format
 * @param {(doctype: string, name: string) => string|null} [options.linkTo]
 * @param {(run: object) => ({href: string, text: string}|null)} [options.resultsOf]  where what a run has made is listed
 * @param {(() => void)|null} options.onClose  null when inline: there is nothing to close
 * @param {number} [options.headingLevel]
 * @returns {{element: HTMLElement, render(state: object): void, tick(): void, destroy(): void}}
 */
export function createView({ feed, transport, t, format, linkTo, resultsOf, onClose, headingLevel = 2 }) {
	let state = null;
	let memory = initialMemory();
	let elapsed = { seconds: 0, at: Date.now(), source: null };

	const title = el(`h${headingLevel}`, { class: "title", id: uniqueId("title"), tabindex: "-1", autofocus: Boolean(onClose) });
	const subtitle = el("p", { class: "subtitle" });
	const closeIcon = onClose
		? el("button", { class: "close", type: "button", "aria-label": t("Close"), onclick: onClose }, icon("close"))
		: null;
	const phase = el("span", { class: "phase" });
	const elapsedText = el("span", { class: "elapsed" });
	const percent = el("span", { class: "percent", "aria-hidden": "true" });
	const fill = el("div", { class: "fill" });
	const bar = el(
		"div",
		{
			class: "bar",
			role: "progressbar",
			"aria-valuemin": "0",
			"aria-valuemax": "100",
			"aria-labelledby": title.id,
			"data-testid": "progress-bar",
		},
		fill,
	);
	const reachedFill = el("div", { class: "reached-fill" });
	const reachedText = el("span", { class: "reached-text" });
	const reached = el("div", { class: "reached", hidden: true }, el("div", { class: "reached-bar" }, reachedFill), reachedText);
	const counter = el("span", { class: "counter", "data-testid": "progress-counter" });
	const pace = el("span", { class: "pace" });
	const message = el("p", { class: "message", "data-testid": "progress-message" });
	const connection = el("p", { class: "notice", hidden: true });
	const outcomeIcon = el("span", { class: "outcome-icon" });
	const outcomeTitle = el("p", { class: "outcome-title" });
	const outcomeDetail = el("p", { class: "outcome-detail" });
	const results = el("a", { class: "results", hidden: true, "data-testid": "progress-results" });
	const outcome = el(
		"div",
		{ class: "outcome", hidden: true, "data-testid": "progress-outcome" },
		outcomeIcon,
		el("div", { class: "outcome-text" }, outcomeTitle, outcomeDetail, results),
	);
	const live = el("div", { class: "offscreen", "aria-live": "polite", "aria-atomic": "true" });
	const stuck = createFailedItems({
		status: "Undo Failed",
		title: t("Could not be undone"),
		advice: (item) => adviceFor(item, t),
		transport,
		t,
		format,
		linkTo,
		headingLevel: headingLevel + 1,
	});
	const failed = createFailedItems({ status: "Failed", title: t("Failed items"), transport, t, format, linkTo, headingLevel: headingLevel + 1 });
	const leftOut = createFailedItems({ status: "Skipped", title: t("Left out"), transport, t, format, linkTo, headingLevel: headingLevel + 1 });
	const cancelBar = createCancelBar({ feed, t, onClose });

	const element = el(
		"div",
		{},
		el("header", { class: "header" }, el("div", { class: "heading" }, title, subtitle), closeIcon),
		el(
			"div",
			{ class: "body" },
			el("div", { class: "status" }, phase, elapsedText, percent),
			bar,
			reached,
			el("div", { class: "figures" }, counter, pace),
			message,
			outcome,
			connection,
			stuck.element,
			failed.element,
			leftOut.element,
		),
		cancelBar.element,
		live,
	);
	element.className = "imogi-progress";

	function render(next) {
		state = next;
		const { run } = state;
		const details = run.details;
		if (details.elapsed_seconds !== undefined && elapsed.source !== details) {
			elapsed = { seconds: details.elapsed_seconds, at: Date.now(), source: details };
		}
		setAttribute(element, "data-tone", state.fatal ? "failed" : say.toneOf(state));
		setAttribute(element, "data-job", run.jobId);
		setText(title, details.title || t("Batch run"));
		setText(subtitle, describe(details));
		drawOutcome();
		tick();
		const undoFailed =
			run.status === "Needs Attention" || (details.failed_items || []).some((item) => item.status === "Undo Failed");
		if (run.known) {
			stuck.update(run, undoFailed ? null : 0);
			failed.update(run, run.failed === 0 && !details.failed_items_total ? 0 : run.failed || null);
			// Those that a cancel has skipped have no reason of their own: the outcome tells of them.
			leftOut.update(run, run.status === "Cancelled" ? 0 : leftOutOf(run));
		}
		cancelBar.render(state);
	}

	/** What changes with the clock alone. */
	function tick() {
		if (!state) {
			return;
		}
		const { run } = state;
		const voice = { t, format, now: Date.now() };
		setText(phase, say.headline(state, voice));
		setText(percent, say.percent(state, voice));
		drawBar(voice);
		setText(counter, say.counter(state, voice));
		setText(pace, say.pace(state, voice));
		const doing = say.activity(state, voice);
		setText(message, doing);
		show(message, doing !== "");
		drawReached();
		const seconds = elapsed.seconds + (run.ended || run.phase === "waiting" ? 0 : (voice.now - elapsed.at) / 1000);
		setText(elapsedText, run.known && (run.ended || run.phase !== "waiting") ? say.duration(seconds, voice) : "");
		drawConnection();
		const { memory: said, text } = announce(memory, state, voice);
		memory = said;
		if (text) {
			live.textContent = text;
		}
	}

	function drawBar(voice) {
		const { run } = state;
		show(bar, !run.ended && !state.fatal);
		const fraction = fractionOf(run);
		const unknown = fraction === null || run.phase === "finishing";
		setAttribute(bar, "data-indeterminate", unknown ? "" : null);
		setAttribute(bar, "aria-valuenow", unknown ? null : Math.floor(fraction * 100));
		setAttribute(bar, "aria-valuetext", say.spokenProgress(state, voice));
		fill.style.width = unknown ? "" : `${(fraction * 100).toFixed(2)}%`;
	}

	/** While undoing, how far it had come stays in sight, apart from the undo's own bar. */
	function drawReached() {
		const { run } = state;
		const mark = run.marks.working;
		const visible = run.phase === "undoing" && Boolean(mark?.total || run.processed);
		show(reached, visible);
		if (visible) {
			const total = mark?.total || run.processed;
			const done = Math.max(mark?.current ?? 0, run.processed);
			reachedFill.style.width = `${Math.min(100, (done / total) * 100).toFixed(2)}%`;
			setText(
				reachedText,
				mark?.total
					? t("Stopped at {0} of {1}", [format.number(done), format.number(total)])
					: t("Stopped after {0} items", [format.number(done)]),
			);
		}
	}

	function drawConnection() {
		const { run } = state;
		let text = "";
		if (!run.ended && !state.fatal) {
			if (state.fetchError) {
				text = t("The server cannot be reached. Trying again every 2 seconds; the run itself goes on.");
			} else if (state.connectionKnown && !state.connected) {
				text = t("No live connection: checking every 2 seconds.");
			}
		}
		setText(connection, text);
		show(connection, text !== "");
	}

	function drawOutcome() {
		const { run } = state;
		show(outcome, run.ended);
		if (!run.ended) {
			return;
		}
		const words = say.outcome(state, { t, format, now: Date.now() });
		const tone = say.toneOf(state);
		const name = tone === "cancelled" && isPerItem(run) ? "close" : OUTCOME_ICONS[tone]; // nothing was undone
		if (outcomeIcon.dataset.icon !== name) {
			outcomeIcon.dataset.icon = name;
			outcomeIcon.replaceChildren(icon(name));
		}
		setText(outcomeTitle, words.title);
		setText(outcomeDetail, words.detail);
		show(outcomeDetail, words.detail !== "");
		const listed = run.succeeded > 0 ? resultsOf?.(run) : null;
		show(results, Boolean(listed));
		if (listed) {
			setAttribute(results, "href", listed.href);
			setText(results, listed.text);
		}
	}

	function describe(details) {
		const parts = [];
		// A title usually names its document; saying it twice in a row helps nobody.
		if (details.bank_transaction && !(details.title || "").includes(details.bank_transaction)) {
			parts.push(details.bank_transaction);
		}
		if (isPerItem(state.run) && !(details.title || "").includes(details.company)) {
			parts.push(details.company);
		}
		if (Number.isFinite(details.amount)) {
			parts.push(format.money(details.amount, details.currency, details.exponent ?? 2));
		}
		if (details.requested_by) {
			parts.push(t("started by {0}", [details.requested_by]));
		}
		const when = details.created_at ? format.time(details.created_at) : "";
		if (when) {
			parts.push(when);
		}
		return parts.join(" · ");
	}

	return {
		element,
		titleId: title.id,
		render,
		tick,
		destroy() {
			stuck.destroy();
			failed.destroy();
			leftOut.destroy();
		},
	};
}

function adviceFor(item, t) {
	if (item.result) {
		return t("What to do: open {0}, remove what holds it, and cancel it. Then press “Try again”.", [item.result]);
	}
	return t("What to do: open {0}, correct what the reason names. Then press “Try again”.", [`${item.doctype} ${item.name}`]);
}

let lastId = 0;
function uniqueId(name) {
	lastId += 1;
	return `imogi-progress-${name}-${lastId}`;
}
