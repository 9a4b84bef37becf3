/**
 * The orders that a list of Sales Orders means: those whose boxes are checked, or all that its
 * filters let through, on whatever page of it they are.
 */

import { change } from "../server.js";

/** As many as one run takes. */
export const MOST_ORDERS = 100_000;
const FIELDS = ["name", "company", "docstatus", "status", "per_billed"];

/**
 * @typedef {object} ListedOrder
 * @property {string} name
 * @property {string} company
 * @property {number} docstatus
 * @property {string} status
 * @property {number} per_billed
 */

/** @param {object} listview Frappe's @returns {Promise<ListedOrder[]>} the oldest first */
export function checkedOrders(listview) {
	const names = listview.get_checked_items(true);
	return names.length ? ask({ filters: [["Sales Order", "name", "in", names]] }) : Promise.resolve([]);
}

/** @param {object} listview Frappe's @returns {Promise<ListedOrder[]>} the oldest first */
export function matchingOrders(listview) {
	const { filters, group_by } = listview.get_args();
	return ask({ filters, group_by });
}

async function ask({ filters, group_by = null }) {
	const found = await change("frappe.desk.reportview.get", {
		doctype: "Sales Order",
		fields: FIELDS.map(column),
		filters,
		group_by,
		order_by: `${column("transaction_date")} asc, ${column("name")} asc`,
		start: 0,
		page_length: MOST_ORDERS + 1, // one more says that there are too many
		save_user_settings: "false", // this is no look at the list
	});
	const { keys, values } = found ?? {};
	return keys ? values.map((row) => Object.fromEntries(keys.map((key, number) => [key, row[number]]))) : [];
}

function column(name) {
	return `\`tabSales Order\`.\`${name}\``;
}
