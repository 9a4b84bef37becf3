/** Filtering and sorting of the lists of invoices and vouchers. Pure. */

import { fullAmount } from "./selection.js";

/**
 * @typedef {object} Filter
 * @property {string} text
 * @property {string} party
 * @property {string} status
 * @property {string} doctype
 * @property {string} dateFrom  of the posting date; ISO or empty
 * @property {string} dateTo
 * @property {string} dueFrom
 * @property {string} dueTo
 * @property {number|null} amountFrom  minor units
 * @property {number|null} amountTo
 * @property {boolean} overdueOnly
 * @property {boolean} selectedOnly
 */

/** @returns {Filter} */
export function emptyFilter() {
	return {
		text: "",
		party: "",
		status: "",
		doctype: "",
		dateFrom: "",
		dateTo: "",
		dueFrom: "",
		dueTo: "",
		amountFrom: null,
		amountTo: null,
		overdueOnly: false,
		selectedOnly: false,
	};
}

/** @param {Filter} filter */
export function isFiltering(filter) {
	return Object.values(filter).some((value) => value !== "" && value !== null && value !== false);
}

/**
 * @param {object[]} rows
 * @param {Filter} filter
 * @param {{today: string, isSelected: (row: object) => boolean}} context
 * @returns {object[]}
 */
export function filterRows(rows, filter, { today, isSelected }) {
	const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
	return rows.filter((row) => {
		if (filter.party && row.party !== filter.party) {
			return false;
		}
		if ((filter.status && row.status !== filter.status) || (filter.doctype && row.doctype !== filter.doctype)) {
			return false;
		}
		if (filter.dateFrom && row.posting_date < filter.dateFrom) {
			return false;
		}
		if (filter.dateTo && row.posting_date > filter.dateTo) {
			return false;
		}
		if ((filter.dueFrom || filter.dueTo) && !isDueWithin(row, filter)) {
			return false;
		}
		if (filter.amountFrom !== null && fullAmount(row) < filter.amountFrom) {
			return false;
		}
		if (filter.amountTo !== null && fullAmount(row) > filter.amountTo) {
			return false;
		}
		if (filter.overdueOnly && !isOverdue(row, today)) {
			return false;
		}
		if (filter.selectedOnly && !isSelected(row)) {
			return false;
		}
		return words.length === 0 || matches(row, words);
	});
}

function isDueWithin(row, { dueFrom, dueTo }) {
	return Boolean(row.due_date) && (!dueFrom || row.due_date >= dueFrom) && (!dueTo || row.due_date <= dueTo);
}

/** Every word must be found somewhere, in any order. */
function matches(row, words) {
	row.searchText ??= `${row.name} ${row.party} ${row.party_name || ""} ${row.reference || ""}`.toLowerCase();
	return words.every((word) => row.searchText.includes(word));
}

/** @param {object} row @param {string} today ISO date */
export function isOverdue(row, today) {
	return row.status === "Overdue" || (!row.is_return && Boolean(row.due_date) && row.due_date < today);
}

/**
 * @param {object[]} rows
 * @param {{column: string, descending: boolean}} order
 * @returns {object[]} a new list; rows that compare equal keep a fixed order, by name
 */
export function sortRows(rows, { column, descending }) {
	const value = column === "amount" ? fullAmount : (row) => row[column] ?? "";
	const sign = descending ? -1 : 1;
	return [...rows].sort((a, b) => sign * compare(value(a), value(b)) || compare(a.name, b.name));
}

function compare(a, b) {
	return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The parties of a list with how many rows each has, by name.
 *
 * @param {object[]} rows
 * @returns {{party: string, count: number}[]}
 */
export function partiesOf(rows) {
	const counts = new Map();
	for (const row of rows) {
		counts.set(row.party, (counts.get(row.party) ?? 0) + 1);
	}
	return [...counts].map(([party, count]) => ({ party, count })).sort((a, b) => a.party.localeCompare(b.party));
}
