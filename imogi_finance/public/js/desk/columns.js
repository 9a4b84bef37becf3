/** The columns of the two lists, and the editable amount of a chosen invoice. */

import { isOverdue } from "../selection/row_filter.js";
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { documentLink, pill } from "./states.js";
import { dateText, t } from "./voice.js";

/** @param {import("../selection/workbench.js").Workbench} bench @param {() => void} changed */
export function invoiceColumns(bench, changed) {
	const money = (minor) => bench.money.format(minor, bench.transaction.exponent);
	return [
		{ id: "name", label: t("Invoice"), sort: "name", cell: (row) => documentLink(row.doctype, row.name) },
		{ id: "party", label: t("Party"), sort: "party", cell: partyCell },
		{ id: "reference", label: t("Reference"), sort: "reference", cell: clipped("reference") },
		{ id: "posted", label: t("Posted"), sort: "posting_date", cell: (row) => dateText(row.posting_date) },
		{
			id: "due",
			label: t("Due"),
			sort: "due_date",
			cell: (row) => html`<span class=${isOverdue(row, bench.today) ? "late" : ""}>${dateText(row.due_date)}</span>`,
		},
		{ id: "status", label: t("Status"), sort: "status", cell: (row) => (row.in_run ? pill("In a run") : pill(row.status)) },
		{
			id: "outstanding",
			label: t("Outstanding"),
			sort: "amount",
			number: true,
			cell: (row) =>
				row.is_return
					? html`<span title=${t("A return: it counts as {0} here", [money(row.payable)])}>${money(row.outstanding)}</span>`
					: money(row.outstanding),
		},
		{ id: "pays", label: t("Pays"), number: true, cell: (row) => amountCell(bench, row, changed) },
	];
}

/** @param {import("../selection/workbench.js").Workbench} bench */
export function voucherColumns(bench) {
	return [
		{ id: "name", label: t("Payment"), sort: "name", cell: (row) => documentLink(row.doctype, row.name) },
		{ id: "party", label: t("Party"), sort: "party", cell: partyCell },
		{ id: "reference", label: t("Reference"), sort: "reference", cell: clipped("reference") },
		{ id: "posted", label: t("Posted"), sort: "posting_date", cell: (row) => dateText(row.posting_date) },
		{
			id: "outstanding",
			label: t("To allocate"),
			sort: "amount",
			number: true,
			cell: (row) => bench.money.format(row.amount, bench.transaction.exponent),
		},
	];
}

/** What a screen reader says of an invoice. */
export function describeInvoice(bench, row) {
	const kind = row.is_return ? t("Return") : t(row.status);
	const amount = bench.money.format(row.payable, bench.transaction.exponent);
	return t("{0}, {1}, {2}, {3}, due {4}", [row.name, row.party_name || row.party, kind, amount, dateText(row.due_date)]);
}

function partyCell(row) {
	const name = row.party_name || row.party;
	return html`<span class="clip" title=${name === row.party ? name : `${name} (${row.party})`}>${name}</span>`;
}

function clipped(field) {
	return (row) => html`<span class="clip" title=${row[field] || nothing}>${row[field]}</span>`;
}

function amountCell(bench, row, changed) {
	const entry = bench.selection.get(row);
	if (!entry || row.in_run) {
		return nothing;
	}
	const { exponent } = bench.transaction;
	const current = () => bench.selection.get(row)?.text ?? bench.money.format(bench.selection.amountOf(row), exponent);
	const text = current();
	const commit = (event) => {
		const typed = event.target.value;
		const { value, error } = bench.money.parse(typed, exponent);
		bench.setAmount(row, value, error, typed);
		// Written here and not by the next render: a render must leave alone what is being typed.
		event.target.value = current();
		changed();
	};
	const hint = entry.amount !== null ? t("Part payment") : t("All that is outstanding; type less for a part payment");
	return html`<input
		class="imogi-grid__amount ${entry.amount !== null ? "part" : ""}"
		type="text"
		inputmode="decimal"
		tabindex="-1"
		autocomplete="off"
		aria-label=${t("Amount to pay of {0}", [row.name])}
		aria-invalid=${entry.error ? "true" : "false"}
		title=${entry.error ?? hint}
		.value=${text}
		@change=${commit}
		@keydown=${(event) => onAmountKey(event, text)}
		@focus=${(event) => event.target.select()}
	/>`;
}

/** Enter takes what was typed, Escape leaves it as it was; both go back to the list. */
function onAmountKey(event, before) {
	event.stopPropagation(); // the Desk's shortcuts are not meant
	if (event.key === "Enter" || event.key === "Escape") {
		if (event.key === "Escape") {
			event.target.value = before;
		}
		event.preventDefault();
		event.target.closest('[role="grid"]').focus({ preventScroll: true });
	}
}
