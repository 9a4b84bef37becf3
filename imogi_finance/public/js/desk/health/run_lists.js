/** The live runs with who works them, and the ended ones that need a person, with what can be done. */

import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { mayAct } from "../runs.js";
import { count, t, timeText } from "../voice.js";
import { bar, span } from "./spans.js";

const COLOURS = { "Needs Attention": "red", Failed: "red", "Completed with Errors": "yellow" };

/** @param {object} state @param {object} actions */
export function liveRuns({ health, elapsed, busy, refused }, actions) {
	if (!health.live.length) {
		return html`<p class="text-muted" data-testid="no-live-runs">${t("Nothing is running right now.")}</p>`;
	}
	const operator = Boolean(health.operations);
	return html`<ul class="imogi-health__runs">
			${repeat(
				health.live,
				(run) => run.job_id,
				(run) => html`<li class="imogi-health__run" data-testid="live-run" data-run=${run.job_id} data-state=${run.state}>
					${who(run)} ${progress(run)} ${lease(run, elapsed, operator)}
					<div class="imogi-health__actions">
						${run.can_cancel && mayAct(run.kind)
							? html`<button type="button" class="btn btn-default btn-xs" ?disabled=${busy.has(run.job_id)} @click=${() => actions.cancel(run)}>${t("Cancel run")}</button>`
							: nothing}
						${run.cancel_requested ? html`<span class="text-muted">${t("Cancelling…")}</span>` : nothing}
					</div>
					${refusal(run, refused)}
				</li>`,
			)}
		</ul>
		${more(health.live.length, health.live_total, ["in", ["Pending", "Processing", "Undoing"]])}`;
}

/** @param {object} state @param {object} actions */
export function needingRuns({ health, busy, refused }, actions) {
	if (!health.needing.length) {
		return nothing;
	}
	return html`<ul class="imogi-health__runs">
			${repeat(
				health.needing,
				(run) => run.job_id,
				(run) => html`<li class="imogi-health__run needing" data-testid="needing-run" data-run=${run.job_id}>
					${who(run)}
					<div>
						<span class="indicator-pill no-indicator-dot ${COLOURS[run.status] ?? "gray"}">${t(run.status)}</span>
						<div class="text-muted">${timeText(run.ended_at)}</div>
					</div>
					<p class="imogi-health__reason">${run.error || run.message}</p>
					<div class="imogi-health__actions">
						<a class="btn btn-default btn-xs" href=${formOf(run)}>${t("Open")}</a>
						${run.can_retry && mayAct(run.kind)
							? html`<button type="button" class="btn btn-primary btn-xs" ?disabled=${busy.has(run.job_id)} @click=${() => actions.retry(run)}>${t("Try again")}</button>`
							: nothing}
					</div>
					${refusal(run, refused)}
				</li>`,
			)}
		</ul>
		${more(health.needing.length, health.needing_total, ["in", Object.keys(COLOURS)])}`;
}

function who(run) {
	const asked = frappe.user_info(run.requested_by).fullname || run.requested_by;
	return html`<div class="imogi-health__who">
		<a class="imogi-health__name" href=${formOf(run)}>${run.job_id}</a>
		<span>${run.title}</span>
		<span class="text-muted">${run.company} · ${asked}</span>
	</div>`;
}

function progress(run) {
	const undoing = run.phase === "undoing";
	const numbers = t("{0} of {1}", [count(run.current), count(run.total)]);
	const text = undoing ? t("Undone: {0}", [numbers]) : numbers;
	return html`<div class="imogi-health__progress">
		<span>${text}</span>
		${bar({ share: run.percentage / 100, tone: undoing ? "warn" : "busy", label: t("Progress"), text })}
	</div>`;
}

/** Who works a run, and how long until another worker may take it. */
function lease(run, elapsed, operator) {
	const left = run.lease_left - elapsed;
	const idle = run.idle + elapsed;
	const [tone, text] = {
		working: () => ["good", left > 0 ? t("Lease: {0} left", [span(left)]) : t("Its lease is up for renewal")],
		asleep: () => ["idle", t("Tries again in {0}", [span(run.wakes_in - elapsed)])],
		waiting: () => ["idle", t("Waits for a worker: {0}", [span(idle)])],
		dropped: () => ["bad", t("Nobody works it: {0}", [span(idle)])],
	}[run.state]();
	const share = run.state === "working" ? left / run.lease_seconds : 0;
	return html`<div class="imogi-health__lease ${tone}">
		<span>${text}</span>
		${bar({ share, tone, label: t("Lease"), text })}
		<small class="text-muted">${[...details(run, operator), t("epoch {0}", [run.epoch])].join(" · ")}</small>
	</div>`;
}

function details(run, operator) {
	const said = [];
	if (operator && run.state === "working") {
		const holder = (run.holder ?? "").split("@")[0];
		const crew = run.workers.length > 1 ? t("{0} workers", [run.workers.length]) : holder;
		said.push(crew);
	}
	if (run.stalls > 1) {
		said.push(t("{0} starts without progress", [run.stalls]));
	}
	if (run.held_up) {
		said.push(t("{0} to be tried again", [count(run.held_up)]));
	}
	return said;
}

/** Why what was asked for a run was refused. */
function refusal(run, refused) {
	if (refused?.run !== run.job_id) {
		return nothing;
	}
	return html`<p class="imogi-health__refused" role="alert">${refused.error.message}</p>`;
}

function more(shown, total, status) {
	if (total <= shown) {
		return nothing;
	}
	const list = `/app/batch-run?status=${encodeURIComponent(JSON.stringify(status))}`;
	return html`<p><a href=${list}>${t("All {0}", [count(total)])}</a></p>`;
}

function formOf(run) {
	return frappe.utils.get_form_link("Batch Run", run.job_id);
}
