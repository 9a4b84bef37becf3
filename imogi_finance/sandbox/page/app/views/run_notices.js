/** What a page says of its runs: the one that is going on, or how the last one ended. */

import { html, nothing } from "/assets/imogi_finance/js/vendor/lit-html/lit-html.js";
import { runHref } from "../router.js";
import { plural, timeText } from "../text.js";
import { badge } from "./states.js";

const DOING = { waiting: "is waiting", undoing: "is being undone" };

/**
 * @param {object|undefined} run
 * @param {() => void} onShow
 * @param {{on?: string, others?: number}} [more]  what it works on; how many other runs are live
 */
export function liveNotice(run, onShow, { on = "", others = 0 } = {}) {
	const undoing = run?.phase === "undoing";
	return html`<div class="notice notice-live ${undoing ? "notice-warn" : ""}" data-testid="live-run">
		<span class="spinner" aria-hidden="true"></span>
		<span class="notice-text">
			<b>A run${on} ${DOING[run?.phase] ?? "is working"}.</b>
			${run?.message ?? nothing}
			${others > 0 ? html`<a href="#/runs">${plural(others, "more run")}</a>` : nothing}
		</span>
		<button class="button" data-testid="show-progress" @click=${onShow}>Show progress</button>
	</div>`;
}

/** @param {object} run  the newest run of its kind, ended */
export function lastRunNotice(run) {
	const kind = { Completed: "good", "Completed with Errors": "warn", Cancelled: "plain" }[run.status] ?? "bad";
	return html`<div class="notice notice-${kind}" data-testid="last-run">
		${badge(run.status)}
		<span class="notice-text">${run.message} <span class="sub-inline">Last run, ${timeText(run.ended_at)}</span></span>
		<a class="button" href=${runHref(run.job_id)}>Details</a>
	</div>`;
}
