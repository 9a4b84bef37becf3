/** The state of the orders' page: the list, what is chosen of it, and how it shall be invoiced. No DOM. */

import { emptyFilter, sortRows } from "/assets/imogi_finance/js/selection/row_filter.js";
import { count, fill, newList, show, sortBy } from "/assets/imogi_finance/js/selection/row_list.js";
import { Selection } from "/assets/imogi_finance/js/selection/selection.js";

export const ORDER_TYPE = "Sales Order";
export const MOST_CHUNK = 500; // the server refuses more
export const PRIORITIES = [9, 8, 7, 6, 5, 4, 3, 2, 1];

/** @returns {object} what is proposed before anybody has chosen */
export function usualOptions() {
	return {
		submit: true,
		onePerCustomer: false,
		onlyDelivered: false,
		leaveOutHeld: true,
		postingDate: "",
		priority: 5,
		chunkSize: null,
	};
}

export class OrderBench {
	/** @param {{today: string}} options  ISO date */
	constructor({ today }) {
		this.today = today;
		this.selection = new Selection();
		this.list = newList("posting_date");
		this.options = usualOptions();
	}

	/** @param {object[]} orders  as the server gives them */
	setOrders(orders) {
		fill(
			this.list,
			orders.map((order) => ({
				...order,
				doctype: ORDER_TYPE,
				party: order.customer,
				posting_date: order.order_date,
				due_date: order.delivery_date,
				payable: order.unbilled,
			})),
		);
		this.selection.keepOnly(this.list.rows);
		this.refresh();
	}

	setFilter(changes) {
		this.list.filter = { ...this.list.filter, ...changes };
		this.refresh();
	}

	clearFilter() {
		this.list.filter = emptyFilter();
		this.refresh();
	}

	sortBy(column) {
		sortBy(this.list, column);
		this.refresh();
	}

	toggle(rows, chosen) {
		this.selection.setAll(rows, chosen);
		count(this.list, this.selection);
	}

	clearSelection() {
		this.selection.clear();
		count(this.list, this.selection);
	}

	/** Unticks the documents that the server objected to (`Sales Order SO-00012`). */
	deselect(documents) {
		const named = new Set(documents);
		this.toggle(
			this.list.rows.filter((row) => named.has(`${row.doctype} ${row.name}`)),
			false,
		);
	}

	refresh() {
		show(this.list, this);
		count(this.list, this.selection);
	}

	/** The statuses of the list with how many orders have each. */
	get statuses() {
		const counts = new Map();
		for (const { status } of this.list.rows) {
			counts.set(status, (counts.get(status) ?? 0) + 1);
		}
		return [...counts].map(([status, number]) => ({ status, count: number })).sort((a, b) => (a.status < b.status ? -1 : 1));
	}

	/** The body of a question or of a request about what is chosen: the oldest orders first, so their invoices are too. */
	payload() {
		const { options } = this;
		const chosen = this.list.rows.filter((row) => this.selection.has(row));
		return {
			sales_orders: sortRows(chosen, { column: "posting_date", descending: false }).map((row) => row.name),
			submit: options.submit,
			one_per_customer: options.onePerCustomer,
			only_delivered: options.onlyDelivered,
			leave_out_held: options.leaveOutHeld,
			posting_date: options.postingDate || null,
			chunk_size: options.chunkSize,
		};
	}
}

/**
 * What was typed as the number of orders in one step.
 *
 * @param {string} text
 * @returns {{value: number|null, error: string|null}}  null where nothing is typed: the usual number
 */
export function parseChunk(text) {
	const wanted = text.trim();
	if (wanted === "") {
		return { value: null, error: null };
	}
	const number = Number(wanted);
	const fits = /^\d+$/.test(wanted) && number >= 1 && number <= MOST_CHUNK;
	return fits ? { value: number, error: null } : { value: null, error: `A whole number from 1 to ${MOST_CHUNK}` };
}
