/** The running total against the statement line, always in sight, and Submit. */

import { html, nothing } from "/assets/imogi_finance/js/vendor/lit-html/lit-html.js";
import { formatMoney } from "/assets/imogi_finance/js/selection/money.js";
import { countText, plural } from "../text.js";

/**
 * @param {object} options
 * @param {import("/assets/imogi_finance/js/selection/workbench.js").Workbench} options.bench
 * @param {() => void} options.onSubmit
 * @param {() => void} options.onClear
 * @param {(() => void)|null} options.onFillRest   part-pays the next invoice to match exactly
 * @param {string} options.fillLabel
 * @param {string} options.proposal  what “select what matches” has done
 */
export function summaryBar({ bench, onSubmit, onClear, onFillRest, fillLabel, proposal }) {
	const { totals, difference, obstacle, transaction } = bench;
	const { exponent, currency, unallocated } = transaction;
	const share = unallocated > 0 ? Math.min(100, (100 * totals.total) / unallocated) : 0;
	const wrong = totals.errors.length > 0;
	return html`<section class="summary summary-${difference.kind}" aria-label="Selection">
		<div class="summary-gauge" aria-hidden="true"><div style="width:${share}%"></div></div>
		<div class="summary-row">
			<dl class="summary-figures">
				<div>
					<dt>Selected</dt>
					<dd data-testid="summary-count">${countText(totals.count)}</dd>
				</div>
				<div>
					<dt>Total</dt>
					<dd data-testid="summary-total">${formatMoney(totals.total, exponent)}</dd>
				</div>
				<div>
					<dt>Unallocated</dt>
					<dd>${formatMoney(unallocated, exponent)} <span class="currency">${currency}</span></dd>
				</div>
			</dl>
			<div class="summary-words">
				<p class="summary-difference" data-testid="summary-difference" role="status">${difference.text}</p>
				<p class="summary-notes">${notes({ bench, wrong, proposal, onFillRest, fillLabel, onClear })}</p>
			</div>
			<button
				class="button primary large"
				data-testid="submit"
				?disabled=${obstacle !== null}
				title=${obstacle ?? nothing}
				aria-describedby="summary-obstacle"
				@click=${onSubmit}
			>
				Submit…
			</button>
			<span id="summary-obstacle" class="offscreen">${obstacle ?? ""}</span>
		</div>
	</section>`;
}

function notes({ bench, wrong, proposal, onFillRest, fillLabel, onClear }) {
	const { totals } = bench;
	const said = [];
	if (wrong) {
		said.push(html`<span class="wrong">${bench.obstacle}</span>`);
	}
	if (proposal) {
		said.push(html`<span>${proposal}</span>`);
	}
	if (totals.hidden > 0) {
		said.push(html`<span>${countText(totals.hidden)} of the selected hidden by filters</span>`);
	}
	if (totals.parts > 0) {
		said.push(html`<span>${plural(totals.parts, "part payment")}</span>`);
	}
	if (onFillRest) {
		said.push(html`<button class="link-button" @click=${onFillRest}>${fillLabel}</button>`);
	}
	if (totals.count > 0) {
		said.push(html`<button class="link-button" @click=${onClear}>Clear selection</button>`);
	}
	return said.length > 0 ? said : "Select the documents this statement line has paid.";
}
