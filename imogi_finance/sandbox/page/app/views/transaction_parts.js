/** The head of a transaction's page, and what it is matched with. */

import { html, nothing } from "/assets/imogi_finance/js/vendor/lit-html/lit-html.js";
import { formatMoney } from "/assets/imogi_finance/js/selection/money.js";
import { dateText, plural } from "../text.js";
import { badge, emptyState } from "./states.js";

/** @param {object} transaction */
export function transactionHead(transaction) {
	const { exponent, currency } = transaction;
	const money = (minor) => formatMoney(minor, exponent);
	const facts = [
		dateText(transaction.date),
		transaction.direction === "deposit" ? "Money in" : "Money out",
		transaction.bank_account,
		transaction.reference_number,
	].filter(Boolean);
	return html`<header class="head">
		<div class="head-main">
			<h1 tabindex="-1">${transaction.description || transaction.name} ${badge(transaction.status)}</h1>
			<p class="head-facts">${facts.map((fact) => html`<span>${fact}</span>`)}</p>
		</div>
		<dl class="head-figures">
			<div>
				<dt>Amount</dt>
				<dd>${money(transaction.amount)}</dd>
			</div>
			<div>
				<dt>Allocated</dt>
				<dd>${money(transaction.allocated)}</dd>
			</div>
			<div class="head-key">
				<dt>Unallocated</dt>
				<dd><span class="currency">${currency}</span> ${money(transaction.unallocated)}</dd>
			</div>
		</dl>
	</header>`;
}

/** @param {object[]} rows @param {number} total @param {object} transaction */
export function matchedRows(rows, total, transaction) {
	if (rows.length === 0) {
		return emptyState(
			"Nothing is matched with this transaction",
			transaction.status === "Cancelled" ? "The transaction is cancelled." : "Its documents appear here once a run has ended well.",
		);
	}
	return html`<section class="panel" aria-label="Matched documents">
		<h2 class="panel-title">Matched with ${plural(total, "document")}</h2>
		<div class="table-wrap">
			<table class="table">
				<thead>
					<tr>
						<th scope="col">Document</th>
						<th scope="col">Party</th>
						<th scope="col" class="number">Allocated</th>
					</tr>
				</thead>
				<tbody>
					${rows.map(
						(row) => html`<tr>
							<td>${row.name} <span class="sub">${row.doctype}</span></td>
							<td>${row.party}</td>
							<td class="number">${formatMoney(row.allocated, transaction.exponent)}</td>
						</tr>`,
					)}
				</tbody>
			</table>
		</div>
		${total > rows.length ? html`<p class="table-note">The first ${rows.length} of ${total} are shown.</p>` : nothing}
	</section>`;
}
