/** The frame around every page: name, navigation, live runs, short messages. */

import { html, nothing } from "/assets/imogi_finance/js/vendor/lit-html/lit-html.js";
import { repeat } from "/assets/imogi_finance/js/vendor/lit-html/directives/repeat.js";
import { foremost, subjectOf } from "../live_runs.js";
import { runHref } from "../router.js";
import { badge } from "./states.js";

const PLACES = [
	{ id: "transactions", label: "Transactions", pages: ["transactions", "transaction"] },
	{ id: "orders", label: "Orders", pages: ["orders"] },
	{ id: "runs", label: "Runs", pages: ["runs", "run"] },
	{ id: "history", label: "History", pages: ["history"] },
];

/**
 * @param {object} context
 * @param {{page: string}} place
 * @param {any} content
 */
export function shellTemplate(context, place, content) {
	const { company } = context;
	return html`
		<a class="skip" href="#main" @click=${skipToMain}>Skip to content</a>
		<header class="top">
			<a class="brand" href="#/transactions">${mark()}<span>IMOGI Finance</span></a>
			<nav class="nav" aria-label="Pages">
				${PLACES.map(
					({ id, label, pages }) => html`<a href="#/${id}" aria-current=${pages.includes(place.page) ? "page" : "false"}>${label}</a>`,
				)}
			</nav>
			<div class="top-end">
				${chip(context)}
				${company ? html`<span class="company"><b>${company.company}</b><span>${company.user}</span></span>` : nothing}
			</div>
		</header>
		${queueNotice(company)}
		<main id="main" class="page page-${place.page}" tabindex="-1">${content}</main>
		<div class="toasts" role="status" aria-live="polite">
			${repeat(
				context.notices,
				(notice) => notice.id,
				(notice) => toast(context, notice),
			)}
		</div>
	`;
}

function mark() {
	return html`<svg viewBox="0 0 32 32" aria-hidden="true">
		<rect width="32" height="32" rx="7" fill="var(--accent)" />
		<path
			d="M7 11h18M7 16h11M7 21h7M18.5 20.5l2.5 2.5 5-5.5"
			fill="none"
			stroke="#fff"
			stroke-width="2.4"
			stroke-linecap="round"
			stroke-linejoin="round"
		/>
	</svg>`;
}

function chip(context) {
	const { live } = context.liveRuns;
	if (live.length === 0) {
		return nothing;
	}
	const run = foremost(live);
	const known = run.total > 0 && run.phase !== "waiting";
	const share = known ? Math.min(99, Math.floor((100 * run.current) / run.total)) : 0;
	const doing = { waiting: "waiting", finishing: "finishing", undoing: "undoing" }[run.phase];
	const what = live.length === 1 ? subjectOf(run) : `${live.length} runs`;
	return html`<button
		class="chip ${run.phase === "undoing" ? "chip-undoing" : ""}"
		data-testid="live-chip"
		title="Show the progress of ${run.title}"
		@click=${() => (live.length === 1 ? openRun(context, run) : (location.hash = "#/runs"))}
	>
		<span class="chip-ring" style="--share:${share}"></span>
		<span>${what}</span>
		<span class="chip-share">${doing ?? `${share} %`}</span>
	</button>`;
}

function openRun(context, run) {
	if (location.hash === runHref(run.job_id)) {
		return; // it is on the page already
	}
	context.progress.open(run.job_id);
}

function queueNotice(company) {
	if (!company?.queue || (company.queue.up && company.queue.workers > 0)) {
		return nothing;
	}
	return html`<p class="notice notice-warn notice-top" role="status">
		${company.queue.up
			? "No worker is running. A run can be submitted; it starts as soon as a worker does."
			: "The queue is down. A run can be submitted; it starts as soon as the queue is back."}
	</p>`;
}

function toast(context, { id, run }) {
	return html`<div class="toast">
		<div class="toast-text">
			<b>${subjectOf(run)} ${badge(run.status)}</b>
			<span>${run.message}</span>
		</div>
		<a class="toast-link" href=${runHref(run.job_id)} @click=${() => context.dismiss(id)}>Details</a>
		<button class="icon-button" aria-label="Dismiss" @click=${() => context.dismiss(id)}>
			<svg viewBox="0 0 20 20" aria-hidden="true"><path d="M5 5l10 10M15 5L5 15" /></svg>
		</button>
	</div>`;
}

function skipToMain(event) {
	event.preventDefault(); // the hash is the address of the page
	document.getElementById("main").focus();
}
