/**
 * Runs in the Desk: the shared progress component as a dialog, one at a time, found again
 * after a reload; and runs whose dialog is closed, which are followed quietly to their end.
 */

import { openBatchProgress } from "../batch_progress.js";
import { createFeed } from "../batch_progress/feed.js";
import { INVOICING } from "./kinds.js";
import { transport } from "./transport.js";
import { progressFormat, t } from "./voice.js";

const BACKGROUND = "imogi-finance/background-runs";
const ALERT_SECONDS = 12;
/** What runs of a kind make for their items, where that is a document with the field `batch_run`. */
const RESULTS = { [INVOICING]: { doctype: "Sales Invoice", text: () => t("Show the invoices it made") } };
const INDICATORS = { Completed: "green", "Completed with Errors": "orange", Cancelled: "gray" };

let shown = null;
/** job id -> who waits for its end -> what they do then @type {Map<string, Map<string, (status: object) => void>>} */
const waiting = new Map();
/** job id -> its feed, while no dialog shows it */
const followed = new Map();
/** job id -> who wants to know how it goes on -> whom to tell @type {Map<string, Map<string, (run: object) => void>>} */
const watching = new Map();

/**
 * Opens the dialog of a run.
 *
 * @param {string} jobId
 */
export function showRun(jobId) {
	if (shown?.jobId === jobId) {
		return;
	}
	closeRun();
	unfollow(jobId);
	const own = { jobId, ended: false, left: false, handle: null };
	shown = own;
	own.handle = openBatchProgress({
		...progressOptions(),
		jobId,
		onJob(next) {
			waiting.set(next, waiting.get(own.jobId) ?? new Map());
			own.jobId = next;
			own.ended = false;
		},
		onEnd(status) {
			own.ended = true;
			tellEnd(own.jobId, status);
		},
		onClose() {
			if (shown === own) {
				shown = null;
			}
			if (!own.ended) {
				if (!own.left) {
					sendToBackground(own.jobId);
				}
				followRun(own.jobId);
			}
		},
	});
}

/**
 * Calls back when a run has ended, whether its dialog is open by then or not; again when it
 * has ended after a retry.
 *
 * @param {string} jobId
 * @param {string} who  a later callback of the same takes the earlier one's place
 * @param {(status: object) => void} callback
 */
export function whenEnded(jobId, who, callback) {
	if (!waiting.has(jobId)) {
		waiting.set(jobId, new Map());
	}
	waiting.get(jobId).set(who, callback);
}

/**
 * Calls back with what is known of a run, each time it has moved while it is followed (see
 * `followRun`), its end included.
 *
 * @param {string} jobId
 * @param {string} who  a later callback of the same takes the earlier one's place
 * @param {(run: import("../batch_progress/model.js").RunState) => void} callback
 */
export function whenMoved(jobId, who, callback) {
	if (!watching.has(jobId)) {
		watching.set(jobId, new Map());
	}
	watching.get(jobId).set(who, callback);
}

/** Follows a run without showing it; its end is told in a corner of the screen to who has asked. */
export function followRun(jobId) {
	if (followed.has(jobId) || shown?.jobId === jobId) {
		return;
	}
	const feed = createFeed({
		jobId,
		transport,
		onChange({ run, fatal }) {
			if (followed.get(jobId) !== feed) {
				return;
			}
			for (const callback of watching.get(jobId)?.values() ?? []) {
				callback(run);
			}
			if (!(run.ended || fatal)) {
				return;
			}
			unfollow(jobId);
			if (run.ended) {
				tellEnd(jobId, run.details);
				alertEnd(run);
			}
		},
	});
	followed.set(jobId, feed);
	feed.start();
}

/** Closes the dialog because the user went elsewhere in the Desk; coming back opens it again. */
export function closeRun() {
	if (shown) {
		shown.left = true;
		shown.handle?.close();
		shown = null;
	}
}

/** Whether the user has closed this run's dialog in this tab while the run went on. */
export function isInBackground(jobId) {
	return backgroundRuns().includes(jobId);
}

/** What every use of the component in the Desk has in common; a form adds `jobId` and `container`. */
export function progressOptions() {
	return {
		transport,
		translate: t,
		format: progressFormat,
		locale: (frappe.boot.lang || "en").replace("_", "-"),
		linkTo: (doctype, name) => frappe.utils.get_form_link(doctype, name),
		resultsOf,
	};
}

/** The list of what a run has made, where it is a document for each item. */
function resultsOf(run) {
	const made = RESULTS[run.details.kind];
	if (!made || !frappe.model.can_read(made.doctype)) {
		return null;
	}
	const href = `/app/${frappe.router.slug(made.doctype)}?batch_run=${encodeURIComponent(run.jobId)}`;
	return { href, text: made.text() };
}

function unfollow(jobId) {
	followed.get(jobId)?.stop();
	followed.delete(jobId);
}

function tellEnd(jobId, status) {
	for (const callback of waiting.get(jobId)?.values() ?? []) {
		callback(status);
	}
}

function alertEnd(run) {
	if (!run.details.is_mine) {
		return;
	}
	const link = document.createElement("a");
	link.href = frappe.utils.get_form_link("Batch Run", run.jobId);
	link.textContent = run.message || t(run.status);
	frappe.show_alert({ message: link.outerHTML, indicator: INDICATORS[run.status] ?? "red" }, ALERT_SECONDS);
}

function sendToBackground(jobId) {
	try {
		const known = backgroundRuns().filter((other) => other !== jobId);
		sessionStorage.setItem(BACKGROUND, JSON.stringify([...known, jobId].slice(-50)));
	} catch {
		// Without storage the dialog merely opens once more after a reload.
	}
}

function backgroundRuns() {
	try {
		return JSON.parse(sessionStorage.getItem(BACKGROUND) || "[]");
	} catch {
		return [];
	}
}

frappe.router.on("change", closeRun);
