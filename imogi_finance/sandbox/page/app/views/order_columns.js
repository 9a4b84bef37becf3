/** The columns of the list of orders. */

import { html, nothing } from "/assets/imogi_finance/js/vendor/lit-html/lit-html.js";
import { formatMoney } from "/assets/imogi_finance/js/selection/money.js";
import { dateText } from "../text.js";
import { badge } from "./states.js";

export const ORDER_COLUMNS = [
	{ id: "name", label: "Order", sort: "name", cell: (row) => row.name },
	{ id: "party", label: "Customer", sort: "party", cell: (row) => html`<span class="clip" title=${row.party}>${row.party}</span>` },
	{ id: "reference", label: "Reference", sort: "reference", cell: (row) => html`<span class="clip">${row.reference}</span>` },
	{ id: "posted", label: "Ordered", sort: "posting_date", cell: (row) => dateText(row.posting_date) },
	{ id: "due", label: "Delivery", sort: "due_date", cell: (row) => dateText(row.due_date) },
	{ id: "status", label: "State", sort: "status", cell: state },
	{
		id: "delivered",
		label: "Delivered",
		sort: "delivered_unbilled",
		number: true,
		cell: (row) => (row.delivered_unbilled ? formatMoney(row.delivered_unbilled, row.exponent) : html`<span class="dim">–</span>`),
	},
	{ id: "outstanding", label: "To bill", sort: "amount", number: true, cell: (row) => formatMoney(row.payable, row.exponent) },
];

/** @param {object} row */
export function describeOrder(row) {
	return `${row.name}, ${row.party}, ${row.status.toLowerCase()}, ${formatMoney(row.payable, row.exponent)} to bill, ordered ${dateText(row.posting_date)}`;
}

function state(row) {
	if (row.in_run) {
		return html`<span class="badge badge-neutral">In a run</span>`;
	}
	return html`${badge(row.status)}${row.drafts ? html` <span class="badge badge-warn" title="A draft bills it: ${row.drafts}">Draft</span>` : nothing}`;
}
