/** What the bank says: the facts of the transaction above the lists. */

import { html } from "../vendor/lit-html/lit-html.js";
import { documentLink } from "./states.js";
import { dateText, moneyIn, moneyText, t } from "./voice.js";

/** @param {object} transaction */
export function transactionHead(transaction) {
	const { exponent, currency } = transaction;
	const money = (minor) => moneyIn(currency).format(minor, exponent);
	const facts = [
		documentLink("Bank Transaction", transaction.name),
		dateText(transaction.date),
		transaction.direction === "deposit" ? t("Deposit") : t("Withdrawal"),
		transaction.bank_account,
		transaction.reference_number,
		transaction.party,
	].filter(Boolean);
	return html`<div class="imogi-pay__head">
		<div class="imogi-pay__head-main">
			<p class="imogi-pay__description">${transaction.description || transaction.name}</p>
			<p class="imogi-pay__facts">${facts.map((fact) => html`<span>${fact}</span>`)}</p>
		</div>
		<dl class="imogi-pay__figures">
			<div>
				<dt>${t("Amount")}</dt>
				<dd>${money(transaction.amount)}</dd>
			</div>
			<div>
				<dt>${t("Allocated")}</dt>
				<dd>${money(transaction.allocated)}</dd>
			</div>
			<div>
				<dt>${t("Unallocated")}</dt>
				<dd class="imogi-pay__key">${moneyText(transaction.unallocated, currency, exponent)}</dd>
			</div>
		</dl>
	</div>`;
}
