/**
 * Every sentence the component says, from a state. Pure, so that tests can read them.
 */

import { fractionOf, isPerItem, leftOutOf } from "./model.js";
import { estimate } from "./rate.js";

const WAITING_NOTICE_MS = 4_000;

/** @typedef {{t: (text: string, args?: any[]) => string, format: object, now: number}} Voice */

/**
 * What kind of moment it is; decides colour and icon.
 *
 * @param {import("./feed.js").FeedState} state
 * @returns {"waiting"|"working"|"finishing"|"undoing"|"success"|"partial"|"failed"|"cancelled"|"attention"}
 */
export function toneOf({ run }) {
	if (!run.ended) {
		return run.phase;
	}
	const byStatus = {
		Completed: "success",
		"Completed with Errors": "partial",
		Failed: "failed",
		Cancelled: "cancelled",
		"Needs Attention": "attention",
	};
	return byStatus[run.status] || "failed";
}

/** @param {object} state @param {Voice} voice */
export function headline(state, { t }) {
	const { run } = state;
	if (!run.known && !state.fatal) {
		return t("Loading…");
	}
	if (run.ended) {
		return t(run.status);
	}
	if (run.phase === "undoing") {
		return t("Undoing");
	}
	if (isCancelling(state)) {
		return t("Cancelling…");
	}
	if (run.phase === "waiting") {
		return t("Waiting to start");
	}
	if (run.phase === "finishing") {
		return isPerItem(run) ? t("Finishing") : t("Allocating to the bank statement");
	}
	return t("Working");
}

/** @param {object} state */
export function isCancelling({ run, cancelling }) {
	return !run.ended && run.phase !== "undoing" && (cancelling !== "idle" || run.cancelRequested);
}

/** @param {object} state @param {Voice} voice */
export function counter({ run }, { t, format }) {
	const { current, total } = run;
	if (run.ended) {
		return endedCounter(run, { t, format });
	}
	if (!total || run.phase === "waiting") {
		return total ? t("{0} items", [format.number(total)]) : "";
	}
	if (run.phase === "undoing") {
		return t("Undoing {0} of {1} payments", [format.number(current), format.number(total)]);
	}
	const text = t("{0} of {1}", [format.number(current), format.number(total)]);
	return run.failed ? `${text} · ${t("{0} failed", [format.number(run.failed)])}` : text;
}

function endedCounter(run, { t, format }) {
	const gaveUp = !isPerItem(run) && ["Failed", "Cancelled", "Needs Attention"].includes(run.status);
	const items = format.number(itemsOf(run));
	const parts = [];
	// What was done and then undone is not “done”.
	if (!gaveUp) {
		parts.push(t("{0} of {1} done", [format.number(run.succeeded), items]));
	} else if (knownItems(run)) {
		parts.push(t("Stopped at {0} of {1}", [format.number(run.processed), items]));
	} else {
		parts.push(t("Stopped after {0} items", [format.number(run.processed)]));
	}
	if (run.failed) {
		parts.push(t("{0} failed", [format.number(run.failed)]));
	}
	if (run.undone) {
		parts.push(t("{0} undone", [format.number(run.undone)]));
	}
	if (leftOutOf(run)) {
		parts.push(t("{0} left out", [format.number(leftOutOf(run))]));
	}
	return parts.join(" · ");
}

/** How many items the run has, whatever phase its counter is about. */
export function itemsOf(run) {
	return knownItems(run) || Math.max(run.total, run.processed);
}

/** The counter of an undone run is about the undo: how many items there were may be unknown. */
function knownItems(run) {
	return run.marks.working?.total || run.details.items_total || 0;
}

/** Rate and time left, or why neither is said. @param {object} state @param {Voice} voice */
export function pace(state, { t, format, now }) {
	const { run, rate } = state;
	if (run.ended || run.phase === "waiting" || run.phase === "finishing" || !run.known) {
		return "";
	}
	const { perSecond, secondsLeft, stalledSeconds } = estimate(rate, { total: run.total, now });
	if (stalledSeconds !== null) {
		return t("no progress for {0}", [duration(stalledSeconds, { t, format })]);
	}
	const parts = [];
	if (perSecond !== null) {
		parts.push(rateText(perSecond, { t, format }));
	}
	if (secondsLeft !== null) {
		parts.push(timeLeft(secondsLeft, { t, format }));
	} else if (perSecond === null && run.current < run.total) {
		parts.push(t("estimating the time left…"));
	}
	return parts.join(" · ");
}

function rateText(perSecond, { t, format }) {
	if (perSecond >= 10) {
		return t("{0} per second", [format.number(Math.round(perSecond))]);
	}
	if (perSecond >= 1) {
		return t("{0} per second", [format.number(Math.round(perSecond * 10) / 10, 1)]);
	}
	return t("{0} per minute", [format.number(Math.max(1, Math.round(perSecond * 60)))]);
}

/**
 * Coarser the further away it is: a guess must not look like a measurement.
 *
 * @param {number} seconds
 */
export function timeLeft(seconds, { t, format }) {
	if (seconds < 5) {
		return t("a few seconds left");
	}
	if (seconds < 20) {
		return t("about {0} s left", [format.number(Math.round(seconds))]);
	}
	if (seconds < 57.5) {
		return t("about {0} s left", [format.number(Math.round(seconds / 5) * 5)]);
	}
	const minutes = Math.round(seconds / 60);
	if (minutes < 60) {
		return t("about {0} min left", [format.number(Math.max(1, minutes))]);
	}
	const tens = Math.round(minutes / 10) * 10;
	return t("about {0} h {1} min left", [format.number(Math.floor(tens / 60)), format.number(tens % 60)]);
}

/** @param {number} seconds */
export function duration(seconds, { t, format }) {
	const whole = Math.max(0, Math.floor(seconds));
	if (whole < 60) {
		return t("{0} s", [format.number(whole)]);
	}
	if (whole < 3600) {
		return t("{0} min {1} s", [format.number(Math.floor(whole / 60)), format.number(whole % 60)]);
	}
	return t("{0} h {1} min", [format.number(Math.floor(whole / 3600)), format.number(Math.floor((whole % 3600) / 60))]);
}

/** What it is doing now. @param {object} state @param {Voice} voice */
export function activity(state, { t, now }) {
	const { run } = state;
	if (state.fatal) {
		return state.fatal;
	}
	if (run.ended) {
		return "";
	}
	if (run.phase === "waiting" && run.known) {
		return now - state.since >= WAITING_NOTICE_MS
			? t("No worker has taken this yet. It starts by itself as soon as one is free; nothing is lost.")
			: run.message || t("Waiting for a worker…");
	}
	if (run.phase === "undoing") {
		const why = reason(run);
		return why ? t("because {0}", [why]) : run.message || ""; // the counter says the rest
	}
	return run.message || "";
}

/** How it ended. @param {object} state @param {Voice} voice @returns {{title: string, detail: string}} */
export function outcome({ run }, { t, format }) {
	if (isPerItem(run)) {
		return outcomePerItem(run, { t, format });
	}
	const why = reason(run);
	const message = run.message || "";
	const items = format.number(itemsOf(run));
	switch (run.status) {
		case "Completed":
			return { title: message || t("All {0} items are done.", [items]), detail: "" };
		case "Completed with Errors":
			return {
				title: t("{0} of {1} items are done; {2} failed.", [format.number(run.succeeded), items, format.number(run.failed)]),
				detail: message,
			};
		case "Cancelled":
			return { title: t("Cancelled. Everything was undone."), detail: unlessSaid(message, "undone") };
		case "Needs Attention":
			return {
				title: t("Some items could not be undone and need your attention."),
				detail: message || why,
			};
		default: {
			const title = why ? t("Everything was undone, because {0}", [why]) : message || t("Everything was undone.");
			return { title, detail: unlessSaid(message, why || "undone") };
		}
	}
}

/** What is done stays, whatever became of the rest. */
function outcomePerItem(run, { t, format }) {
	const [done, items] = [run.succeeded, itemsOf(run)].map((number) => format.number(number));
	switch (run.status) {
		case "Completed":
			return { title: run.message || t("All {0} items are done.", [items]), detail: "" };
		case "Completed with Errors":
			return {
				title: run.message || t("{0} of {1} items are done; {2} failed.", [done, items, format.number(run.failed)]),
				detail: t("“Try again” works on those that failed, and on no other."),
			};
		default:
			return {
				title: run.message || t("Stopped: {0} of {1} items are done, and stay so.", [done, items]),
				detail: t("“Resume” goes on with the rest."),
			};
	}
}

/** The button that starts an ended run again. @param {object} state @param {Voice} voice */
export function retryLabel({ run, retrying }, { t }) {
	if (retrying) {
		return t("Starting again…");
	}
	return isPerItem(run) && run.status === "Cancelled" ? t("Resume") : t("Try again");
}

/** What a cancel would mean, asked before it is done. @param {object} state @param {Voice} voice */
export function cancelQuestion({ run }, { t }) {
	return isPerItem(run)
		? { question: t("Stop this run? What it has done so far stays, and you can resume it later."), answer: t("Yes, stop it") }
		: { question: t("Cancel this run? Everything it has done so far is undone."), answer: t("Yes, cancel and undo") };
}

function unlessSaid(message, what) {
	return message.toLowerCase().includes(what.toLowerCase()) ? "" : message;
}

function reason(run) {
	const error = (run.error || "").trim();
	// A sentence that already says so must not say it twice.
	return error.replace(/^everything was undone,?\s*(because)?:?\s*/i, "");
}

/** For aria-valuetext. @param {object} state @param {Voice} voice */
export function spokenProgress(state, voice) {
	const parts = [counter(state, voice), pace(state, voice)].filter(Boolean);
	return parts.join(", ") || headline(state, voice);
}

/** @param {object} state @param {Voice} voice */
export function percent({ run }, { format }) {
	const fraction = fractionOf(run);
	if (fraction === null || run.ended || run.phase === "finishing") {
		return "";
	}
	// 100 % is for when it is done, not for when it rounds to it.
	const value = fraction < 1 ? Math.min(99, Math.floor(fraction * 100)) : 100;
	return `${format.number(value)}\u202f%`;
}
