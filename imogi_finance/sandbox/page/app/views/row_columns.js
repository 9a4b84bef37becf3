/** The columns of the two lists, and the editable amount of a chosen invoice. */

import { html, nothing } from "/assets/imogi_finance/js/vendor/lit-html/lit-html.js";
import { formatMoney, parseMoney } from "/assets/imogi_finance/js/selection/money.js";
import { isOverdue } from "/assets/imogi_finance/js/selection/row_filter.js";
import { dateText } from "../text.js";
import { badge } from "./states.js";

/** @param {import("/assets/imogi_finance/js/selection/workbench.js").Workbench} bench @param {() => void} changed */
export function invoiceColumns(bench, changed) {
	const money = (minor) => formatMoney(minor, bench.transaction.exponent);
	return [
		{ id: "name", label: "Invoice", sort: "name", cell: (row) => row.name },
		{ id: "party", label: "Party", sort: "party", cell: (row) => html`<span class="clip" title=${row.party}>${row.party}</span>` },
		{ id: "reference", label: "Reference", sort: "reference", cell: (row) => html`<span class="clip">${row.reference}</span>` },
		{ id: "posted", label: "Posted", sort: "posting_date", cell: (row) => dateText(row.posting_date) },
		{
			id: "due",
			label: "Due",
			sort: "due_date",
			cell: (row) => html`<span class=${isOverdue(row, bench.today) ? "late" : ""}>${dateText(row.due_date)}</span>`,
		},
		{ id: "status", label: "State", sort: "status", cell: (row) => (row.in_run ? html`<span class="badge badge-neutral">In a run</span>` : badge(row.status)) },
		{
			id: "outstanding",
			label: "Outstanding",
			sort: "amount",
			number: true,
			cell: (row) =>
				row.is_return
					? html`<span title="A return: it counts as ${money(row.payable)} here">${money(row.outstanding)}</span>`
					: money(row.outstanding),
		},
		{ id: "pays", label: "Pays", number: true, cell: (row) => amountCell(bench, row, changed) },
	];
}

/** @param {import("/assets/imogi_finance/js/selection/workbench.js").Workbench} bench */
export function voucherColumns(bench) {
	return [
		{ id: "name", label: "Payment", sort: "name", cell: (row) => row.name },
		{ id: "party", label: "Party", sort: "party", cell: (row) => html`<span class="clip">${row.party}</span>` },
		{ id: "reference", label: "Reference", sort: "reference", cell: (row) => html`<span class="clip">${row.reference}</span>` },
		{ id: "posted", label: "Posted", sort: "posting_date", cell: (row) => dateText(row.posting_date) },
		{ id: "outstanding", label: "To allocate", sort: "amount", number: true, cell: (row) => formatMoney(row.amount, bench.transaction.exponent) },
	];
}

/** @param {object} row */
export function describeInvoice(row, exponent) {
	const kind = row.is_return ? "return" : row.status.toLowerCase();
	return `${row.name}, ${row.party}, ${kind}, ${formatMoney(row.payable, exponent)}, due ${dateText(row.due_date)}`;
}

function amountCell(bench, row, changed) {
	const entry = bench.selection.get(row);
	if (!entry || row.in_run) {
		return nothing;
	}
	const { exponent } = bench.transaction;
	const text = entry.text ?? formatMoney(bench.selection.amountOf(row), exponent);
	const commit = (event) => {
		const typed = event.target.value;
		const { value, error } = parseMoney(typed, exponent);
		bench.setAmount(row, value, error, typed);
		// Written here and not by the next render: a render must leave alone what is being typed.
		event.target.value = bench.selection.get(row)?.text ?? formatMoney(bench.selection.amountOf(row), exponent);
		changed();
	};
	return html`<input
		class="imogi-grid__amount ${entry.amount !== null ? "part" : ""}"
		type="text"
		inputmode="decimal"
		tabindex="-1"
		autocomplete="off"
		aria-label="Amount to pay of ${row.name}"
		aria-invalid=${entry.error ? "true" : "false"}
		title=${entry.error ?? (entry.amount !== null ? "Part payment" : "All that is outstanding; type less for a part payment")}
		.value=${text}
		@change=${commit}
		@keydown=${(event) => onAmountKey(event, text)}
		@focus=${(event) => event.target.select()}
	/>`;
}

/** Enter takes what was typed, Escape leaves it as it was; both go back to the list. */
function onAmountKey(event, before) {
	if (event.key === "Enter" || event.key === "Escape") {
		if (event.key === "Escape") {
			event.target.value = before;
		}
		event.preventDefault();
		event.stopPropagation();
		event.target.closest('[role="grid"]').focus({ preventScroll: true });
	}
}
