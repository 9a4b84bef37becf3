/** What is shown while there is nothing else to show, and small pieces used everywhere. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { t } from "./voice.js";

const COLOURS = {
	Unpaid: "orange",
	Overdue: "red",
	"Partly Paid": "yellow",
	"Unpaid and Discounted": "orange",
	"Overdue and Discounted": "red",
	"Partly Paid and Discounted": "yellow",
	Return: "gray",
	Unreconciled: "orange",
	Reconciled: "green",
};

/** @param {string} status */
export function pill(status) {
	return html`<span class="indicator-pill no-indicator-dot ${COLOURS[status] ?? "gray"}">${t(status)}</span>`;
}

export function loadingState() {
	return html`<div class="imogi-pay__state text-muted" role="status">${t("Loading the unpaid invoices…")}</div>`;
}

/** @param {Error} error @param {() => void} again */
export function failureState(error, again) {
	return html`<div class="imogi-pay__state" role="alert">
		<p>${error.message}</p>
		<button type="button" class="btn btn-default btn-sm" @click=${again}>${t("Try again")}</button>
	</div>`;
}

/** @param {string} title @param {any} [body] @param {any} [action] */
export function emptyState(title, body = nothing, action = nothing) {
	return html`<div class="imogi-pay__state">
		<p class="imogi-pay__state-title">${title}</p>
		<p class="text-muted">${body}</p>
		${action}
	</div>`;
}

/** A link that opens beside the Desk: what was chosen here stays. */
export function documentLink(doctype, name, text = name) {
	return html`<a href=${frappe.utils.get_form_link(doctype, name)} target="_blank" rel="noopener" tabindex="-1">${text}</a>`;
}

/**
 * The document a problem names (`Purchase Invoice ACC-PINV-2026-00001`), with a link where
 * its kind is known.
 */
export function problemDocument(document) {
	const doctype = ["Purchase Invoice", "Sales Invoice", "Sales Order", "Payment Entry", "Bank Transaction", "Batch Run"].find((kind) => document.startsWith(`${kind} `));
	if (!doctype) {
		return html`${document}`;
	}
	const name = document.slice(doctype.length + 1);
	return html`${t(doctype)} <a href=${frappe.utils.get_form_link(doctype, name)} target="_blank" rel="noopener">${name}</a>`;
}
