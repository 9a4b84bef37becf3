/** What a form says of a bank transaction's newest run: that it works, or that it ended badly. */

import { showRun } from "./progress.js";
import { isLive } from "./runs.js";
import { t } from "./voice.js";

const COLOURS = { Failed: "orange", "Needs Attention": "red", "Completed with Errors": "orange", Cancelled: "yellow" };

/**
 * @param {object} run  as the server sends it
 * @returns {HTMLElement|null}  null where there is nothing to say
 */
export function runNotice(run) {
	const live = isLive(run);
	if (!live && !COLOURS[run.status]) {
		return null;
	}
	const element = document.createElement("div");
	element.className = "imogi-run-notice";
	element.dataset.testid = live ? "live-run" : "last-run";
	const text = document.createElement("span");
	const title = document.createElement("b");
	title.textContent = live
		? run.phase === "undoing"
			? t("A bulk reconciliation of this bank transaction is being undone.")
			: t("A bulk reconciliation of this bank transaction is running.")
		: t("The last bulk reconciliation:");
	// Where a live run is, the dialog says; here it would soon be out of date.
	text.append(title, live ? "" : ` ${run.message || ""}`);
	const button = document.createElement("button");
	button.type = "button";
	button.className = "btn btn-default btn-xs";
	button.dataset.testid = "show-progress";
	button.textContent = live ? t("Show Progress") : t("Details");
	button.addEventListener("click", () => showRun(run.job_id));
	element.append(text, button);
	return element;
}

/** @param {object} run */
export function noticeColour(run) {
	return isLive(run) ? "blue" : COLOURS[run.status];
}
