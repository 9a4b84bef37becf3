/** The running total against the bank transaction, always in sight, and the way on. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { count, moneyText, t } from "./voice.js";

/**
 * @param {object} options
 * @param {import("../selection/workbench.js").Workbench} options.bench
 * @param {() => void} options.onSubmit
 * @param {() => void} options.onClear
 * @param {(() => void)|null} options.onFillRest   part-pays the next invoice to match exactly
 * @param {string} options.fillLabel
 * @param {string} options.proposal  what “propose” has done
 */
export function summaryBar({ bench, onSubmit, onClear, onFillRest, fillLabel, proposal }) {
	const { totals, difference, obstacle, transaction } = bench;
	const { exponent, currency, unallocated } = transaction;
	const share = unallocated > 0 ? Math.min(100, (100 * totals.total) / unallocated) : 0;
	return html`<section class="imogi-pay__summary ${difference.kind}" aria-label=${t("Selection")}>
		<div class="imogi-pay__gauge" aria-hidden="true"><div style="width:${share}%"></div></div>
		<div class="imogi-pay__summary-row">
			<dl class="imogi-pay__figures">
				<div>
					<dt>${t("Selected")}</dt>
					<dd data-testid="summary-count">${count(totals.count)}</dd>
				</div>
				<div>
					<dt>${t("Total")}</dt>
					<dd class="imogi-pay__key" data-testid="summary-total">${moneyText(totals.total, currency, exponent)}</dd>
				</div>
			</dl>
			<div class="imogi-pay__words">
				<p class="imogi-pay__difference" data-testid="summary-difference" role="status">${difference.text}</p>
				<p class="imogi-pay__notes">${notes({ bench, proposal, onFillRest, fillLabel, onClear })}</p>
			</div>
			<button
				type="button"
				class="btn btn-primary btn-sm"
				data-testid="submit"
				?disabled=${obstacle !== null}
				title=${obstacle ?? nothing}
				aria-describedby="imogi-pay-obstacle"
				@click=${onSubmit}
			>
				${t("Continue")}
			</button>
			<span id="imogi-pay-obstacle" class="sr-only">${obstacle ?? ""}</span>
		</div>
	</section>`;
}

function notes({ bench, proposal, onFillRest, fillLabel, onClear }) {
	const { totals } = bench;
	const said = [];
	if (totals.errors.length > 0) {
		said.push(html`<span class="wrong">${bench.obstacle}</span>`);
	}
	if (proposal) {
		said.push(html`<span>${proposal}</span>`);
	}
	if (totals.hidden > 0) {
		said.push(html`<span>${t("{0} of the selected hidden by filters", [count(totals.hidden)])}</span>`);
	}
	if (totals.parts > 0) {
		said.push(html`<span>${totals.parts === 1 ? t("1 part payment") : t("{0} part payments", [count(totals.parts)])}</span>`);
	}
	if (onFillRest) {
		said.push(html`<button type="button" class="btn-link" data-testid="fill-rest" @click=${onFillRest}>${fillLabel}</button>`);
	}
	if (totals.count > 0) {
		said.push(html`<button type="button" class="btn-link" @click=${onClear}>${t("Clear selection")}</button>`);
	}
	return said.length > 0 ? said : t("Select the documents that this bank transaction has paid.");
}
