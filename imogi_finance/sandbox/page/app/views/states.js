/** What is shown while there is nothing else to show, and small pieces used everywhere. */

import { html, nothing } from "/assets/imogi_finance/js/vendor/lit-html/lit-html.js";

const TONES = {
	Unreconciled: "accent",
	Reconciled: "good",
	Pending: "neutral",
	Processing: "accent",
	Undoing: "warn",
	Completed: "good",
	"Completed with Errors": "warn",
	Failed: "bad",
	Cancelled: "neutral",
	"Needs Attention": "bad",
	Unpaid: "neutral",
	Overdue: "bad",
	"Partly Paid": "warn",
	Return: "accent",
	Succeeded: "good",
	Done: "good",
	Undone: "warn",
	"Undo Failed": "bad",
	Skipped: "neutral",
	"To Deliver and Bill": "accent",
	"To Bill": "accent",
	"On Hold": "warn",
	Closed: "neutral",
};

const WORDS = { Unreconciled: "Open" };

/** @param {string} status */
export function badge(status) {
	return html`<span class="badge badge-${TONES[status] || "neutral"}">${WORDS[status] || status}</span>`;
}

/**
 * @param {import("../loader.js").Loader} loader
 * @param {(data: any) => any} ready
 * @param {string} what
 */
export function whenLoaded(loader, ready, what) {
	if (loader.data !== null) {
		return html`${loader.error ? staleNotice(loader) : nothing}${ready(loader.data)}`;
	}
	if (loader.error) {
		return failure(loader);
	}
	return html`<div class="state" role="status"><span class="spinner"></span> Loading ${what}…</div>`;
}

function staleNotice(loader) {
	return html`<p class="notice notice-warn" role="status">
		${loader.error.message} What you see may be out of date.${loader.error.isUnreachable ? " Trying again by itself." : ""}
	</p>`;
}

function failure(loader) {
	const away = loader.error.isUnreachable;
	return html`<div class="state" role="alert">
		<h2>${away ? "The server cannot be reached" : "This cannot be shown"}</h2>
		<p>
			${away
				? "It is tried again every few seconds. Runs that are going on are not affected: they do not depend on this page."
				: loader.error.message}
		</p>
		<button class="button" @click=${() => loader.load()} ?disabled=${loader.loading}>Try again now</button>
	</div>`;
}

/** @param {string} title @param {any} body @param {any} [action] */
export function emptyState(title, body, action = nothing) {
	return html`<div class="state">
		<h2>${title}</h2>
		<p>${body}</p>
		${action}
	</div>`;
}

/** A list of what the server found wrong: document, what, and what to do. */
export function problemList(problems) {
	return html`<ul class="problems" data-testid="problems">
		${problems.map(
			(problem) => html`<li>
				<strong>${problem.document}</strong>
				<span>${problem.message}</span>
				${problem.remedy ? html`<span class="remedy">${problem.remedy}</span>` : nothing}
			</li>`,
		)}
	</ul>`;
}
