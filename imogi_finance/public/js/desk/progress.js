/** The shared progress component in the Desk: one dialog at a time, found again after a reload. */

import { openBatchProgress } from "../batch_progress.js";
import { transport } from "./transport.js";
import { progressFormat, t } from "./voice.js";

const BACKGROUND = "imogi-finance/background-runs";

let shown = null;

/**
 * Opens the dialog of a run.
 *
 * @param {string} jobId
 * @param {object} [options]
 * @param {(status: object) => void} [options.onEnd]  once per end; again after a retry has ended
 * @param {() => void} [options.onClose]
 */
export function showRun(jobId, { onEnd, onClose } = {}) {
	if (shown?.jobId === jobId) {
		return;
	}
	closeRun();
	const own = { jobId, ended: false, handle: null };
	shown = own;
	own.handle = openBatchProgress({
		...progressOptions(),
		jobId,
		onJob(next) {
			own.jobId = next;
			own.ended = false;
		},
		onEnd(status) {
			own.ended = true;
			onEnd?.(status);
		},
		onClose() {
			if (shown === own) {
				shown = null;
			}
			if (!own.ended && !own.left) {
				sendToBackground(own.jobId);
			}
			onClose?.();
		},
	});
}

/** Closes the dialog because the user went elsewhere in the Desk; coming back opens it again. */
export function closeRun() {
	if (shown) {
		shown.left = true;
		shown.handle?.close();
		shown = null;
	}
}

/** @param {string} jobId */
export function isShown(jobId) {
	return shown?.jobId === jobId;
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
	};
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
