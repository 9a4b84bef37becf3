/** What the server says of the orders before anything is done: ready, left out, and what is in the way of the others. */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { problemDocument } from "../states.js";
import { count, moneyText, t } from "../voice.js";

/**
 * @param {object} options
 * @param {object|null} options.judgement  as check_invoices_bulk answers it, in the user's language
 * @param {Error|null} options.error
 * @param {boolean} options.asking
 * @param {number} options.asked  how many orders it is about
 * @param {number} options.takenOut  how many the user has taken out
 * @param {() => void} options.onAgain
 * @param {(names: string[]) => void} options.onTakeOut
 * @param {() => void} options.onPutBack
 */
export function judgementView({ judgement, error, asking, asked, takenOut, onAgain, onTakeOut, onPutBack }) {
	if (error) {
		return refusal(error, onAgain);
	}
	if (!judgement) {
		return html`<div class="imogi-invoicing__waiting" role="status">
			<span class="imogi-invoicing__spinner"></span>
			<p>${asked ? t("Looking at {0} orders…", [count(asked)]) : t("Looking for the orders…")}</p>
		</div>`;
	}
	return html`<div class="imogi-invoicing__judgement ${asking ? "is-stale" : ""}" aria-busy=${asking} data-testid="invoicing-judgement">
		<div class="imogi-pay__total">
			<span class="imogi-pay__total-amount" data-testid="invoicing-ready" role="status">${readyText(judgement.ready)}</span>
			${judgement.ready ? html`<span>${moneyText(judgement.amount, judgement.currency, judgement.exponent)}</span> ${ofCustomers(judgement)}` : nothing}
		</div>
		${takenOut
			? html`<p class="imogi-invoicing__note" data-testid="invoicing-taken-out">
					${t("Taken out: {0}", [count(takenOut)])}
					<button type="button" class="btn-link" @click=${onPutBack}>${t("Put them back")}</button>
				</p>`
			: nothing}
		${problems(judgement, onTakeOut)} ${leftOut(judgement)}
		<p class="imogi-pay__promise">
			${t("An order that fails stops none of the others: at the end each is named with its reason, and can be tried again. You can close the page: the run goes on.")}
		</p>
	</div>`;
}

function readyText(ready) {
	if (ready === 0) {
		return t("No order is ready");
	}
	return ready === 1 ? t("1 order is ready") : t("{0} orders are ready", [count(ready)]);
}

function ofCustomers({ customers }) {
	return html`<span class="text-muted">${customers === 1 ? t("of 1 customer") : t("of {0} customers", [count(customers)])}</span>`;
}

function problems({ ready, bad, problems: named, problems_total: total }, onTakeOut) {
	if (!bad) {
		return nothing;
	}
	const title = bad === 1 ? t("1 order cannot be invoiced now") : t("{0} orders cannot be invoiced now", [count(bad)]);
	return html`<section class="imogi-invoicing__problems" data-testid="invoicing-problems">
		<div class="imogi-invoicing__problems-head">
			<h5>${title}</h5>
			${ready && named.length === total
				? html`<button type="button" class="btn btn-default btn-xs" data-testid="invoicing-take-out" @click=${() => onTakeOut(named.map(orderOf))}>${t("Take them out")}</button>`
				: nothing}
		</div>
		${ready
			? html`<p class="text-muted">${t("They go into the run as failed, each with its reason. Mend them, and “Try again” invoices them.")}</p>`
			: nothing}
		<ul class="imogi-pay__problems">
			${named.map(problemItem)}
		</ul>
		${total > named.length ? html`<p class="text-muted">${t("and {0} more", [count(total - named.length)])}</p>` : nothing}
	</section>`;
}

/** "Sales Order SO-1": the name without its kind. */
function orderOf({ document }) {
	return document.replace(/^Sales Order /, "");
}

function problemItem({ document, message, remedy }) {
	return html`<li data-testid="invoicing-problem">
		<p><strong>${problemDocument(document)}</strong></p>
		<p>${message}</p>
		${remedy ? html`<p class="text-muted">${remedy}</p>` : nothing}
	</li>`;
}

function leftOut({ left_out: named, left_out_total: total }) {
	if (!total) {
		return nothing;
	}
	return html`<details class="imogi-invoicing__left-out" data-testid="invoicing-left-out">
		<summary>${total === 1 ? t("1 order is left out") : t("{0} orders are left out", [count(total)])}</summary>
		<ul>
			${named.map(({ document, message }) => html`<li>${problemDocument(document)} <span class="text-muted">${message}</span></li>`)}
		</ul>
		${total > named.length ? html`<p class="text-muted">${t("and {0} more", [count(total - named.length)])}</p>` : nothing}
	</details>`;
}

/** @param {Error & {problems?: object[], isUnreachable?: boolean}} error @param {() => void} onAgain */
function refusal(error, onAgain) {
	const { problems: named = [] } = error;
	return html`<div class="imogi-pay__error" role="alert" tabindex="-1" data-testid="invoicing-refused">
		<p class="imogi-pay__error-title">${named.length ? t("Nothing was changed.") : error.message} ${named.length ? nothing : again(error)}</p>
		${named.length
			? html`<ul class="imogi-pay__problems">
					${named.map(problemItem)}
				</ul>`
			: nothing}
		<button type="button" class="btn btn-default btn-xs" @click=${onAgain}>${t("Check again")}</button>
	</div>`;
}

function again({ isUnreachable }) {
	return isUnreachable ? t("It is safe to try again: the same request is never carried out twice.") : nothing;
}
