/** What is chosen of the orders, always in sight, and the way to invoice it. */

import { html, nothing } from "/assets/imogi_finance/js/vendor/lit-html/lit-html.js";
import { formatMoney } from "/assets/imogi_finance/js/selection/money.js";
import { countText } from "../text.js";

/**
 * @param {object} options
 * @param {import("../order_bench.js").OrderBench} options.bench
 * @param {() => void} options.onInvoice
 * @param {() => void} options.onClear
 */
export function orderSummary({ bench, onInvoice, onClear }) {
	const { totals, rows } = bench.list;
	const { exponent, currency } = rows[0];
	const none = totals.count === 0;
	return html`<section class="summary" aria-label="Selection">
		<div class="summary-row">
			<dl class="summary-figures">
				<div>
					<dt>Selected</dt>
					<dd data-testid="summary-count">${countText(totals.count)}</dd>
				</div>
				<div>
					<dt>To bill</dt>
					<dd data-testid="summary-total">${formatMoney(totals.total, exponent)} <span class="currency">${currency}</span></dd>
				</div>
			</dl>
			<div class="summary-words">
				<p class="summary-notes">
					${none ? "Select the orders to invoice." : nothing}
					${totals.hidden > 0 ? html`<span>${countText(totals.hidden)} of the selected hidden by filters</span>` : nothing}
					${none ? nothing : html`<button class="link-button" @click=${onClear}>Clear selection</button>`}
				</p>
			</div>
			<button class="button primary large" data-testid="invoice" ?disabled=${none} @click=${onInvoice}>Create invoices…</button>
		</div>
	</section>`;
}
