/**
 * One long list to choose from: its rows, what the filters let through and in which order, and
 * what of it is chosen. Knows nothing of the DOM.
 */

import { emptyFilter, filterRows, partiesOf, sortRows } from "./row_filter.js";
import { keyOf, totalsOf } from "./selection.js";

/**
 * @typedef {object} RowList
 * @property {object[]} rows
 * @property {boolean} loaded
 * @property {object[]} visible      in order
 * @property {Set<string>} visibleKeys
 * @property {{party: string, count: number}[]} parties
 * @property {import("./row_filter.js").Filter} filter
 * @property {{column: string, descending: boolean}} order
 * @property {object} totals         see `totalsOf`
 * @property {object[]} free         visible rows that can be chosen
 * @property {boolean} allChosen
 * @property {boolean} someChosen
 */

/** @param {string} column  what it is sorted by at first @returns {RowList} */
export function newList(column) {
	return {
		rows: [],
		loaded: false,
		visible: [],
		visibleKeys: new Set(),
		parties: [],
		filter: emptyFilter(),
		order: { column, descending: false },
		totals: { count: 0, total: 0, hidden: 0, parts: 0, errors: [] },
		free: [],
		allChosen: false,
		someChosen: false,
	};
}

/** Takes in the rows; `show` and `count` are still to be called. */
export function fill(list, rows) {
	list.rows = rows;
	list.loaded = true;
	list.parties = partiesOf(rows);
}

/** Sorts by a column; the same again turns the order round. */
export function sortBy(list, column) {
	const { order } = list;
	list.order = { column, descending: order.column === column ? !order.descending : false };
}

/** Works out anew what is visible. */
export function show(list, { selection, today }) {
	const context = { today, isSelected: (row) => selection.has(row) };
	list.visible = sortRows(filterRows(list.rows, list.filter, context), list.order);
	list.visibleKeys = new Set(list.visible.map(keyOf));
}

/** Works out anew what is chosen; what is drawn while scrolling only reads. */
export function count(list, selection) {
	list.totals = totalsOf(list.rows, selection, list.visibleKeys);
	list.free = list.visible.filter((row) => !row.in_run);
	const chosen = list.free.reduce((sum, row) => sum + (selection.has(row) ? 1 : 0), 0);
	list.allChosen = list.free.length > 0 && chosen === list.free.length;
	list.someChosen = chosen > 0;
}
