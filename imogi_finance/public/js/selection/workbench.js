/**
 * The state of the matching desk for one bank transaction: both lists, their filters and
 * order, the selection, the totals. Knows nothing of the DOM.
 */

import { plainTranslate } from "../batch_progress/format.js";
import { add, plainMoney } from "./money.js";
import { emptyFilter } from "./row_filter.js";
import { count, fill, newList, show, sortBy } from "./row_list.js";
import { Selection, differenceOf, payloadOf } from "./selection.js";

export class Workbench {
	/**
	 * @param {object} options
	 * @param {string} options.today  ISO date
	 * @param {(text: string, args?: any[]) => string} [options.translate]
	 * @param {{format: Function, parse: Function}} [options.money]  see money.js
	 */
	constructor({ today, translate = plainTranslate, money = plainMoney }) {
		this.today = today;
		this.translate = translate;
		this.money = money;
		this.transaction = null;
		this.selection = new Selection({ translate });
		this.lists = {
			invoices: newList("due_date"),
			vouchers: newList("posting_date"),
		};
		this.choices = { perParty: false, chunkSize: null, stopOnFirstError: false };
		this.totals = { count: 0, total: 0, hidden: 0, parts: 0, errors: [] };
		this.recount();
	}

	/** @param {"invoices"|"vouchers"} name @param {object[]} rows */
	setRows(name, rows) {
		fill(this.lists[name], rows);
		if (this.lists.invoices.loaded && this.lists.vouchers.loaded) {
			this.selection.keepOnly([...this.lists.invoices.rows, ...this.lists.vouchers.rows]);
		}
		this.refilter(name);
	}

	setFilter(name, changes) {
		this.lists[name].filter = { ...this.lists[name].filter, ...changes };
		this.refilter(name);
	}

	clearFilter(name) {
		this.lists[name].filter = emptyFilter();
		this.refilter(name);
	}

	sortBy(name, column) {
		sortBy(this.lists[name], column);
		this.refilter(name);
	}

	refilter(name) {
		show(this.lists[name], this);
		this.recount();
	}

	toggle(rows, chosen) {
		this.selection.setAll(rows, chosen);
		this.recount();
	}

	setAmount(row, value, error, text) {
		this.selection.setAmount(row, value, error, text);
		this.recount();
	}

	clearSelection() {
		this.selection.clear();
		this.recount();
	}

	/** Called after every change; what is drawn while scrolling only reads. */
	recount() {
		const { invoices, vouchers } = this.lists;
		count(invoices, this.selection);
		count(vouchers, this.selection);
		this.totals = {
			count: invoices.totals.count + vouchers.totals.count,
			total: add(invoices.totals.total, vouchers.totals.total),
			hidden: invoices.totals.hidden + vouchers.totals.hidden,
			parts: invoices.totals.parts + vouchers.totals.parts,
			errors: [...invoices.totals.errors, ...vouchers.totals.errors],
		};
	}

	get difference() {
		const { unallocated, exponent } = this.transaction;
		return differenceOf(this.totals.total, unallocated, exponent, this);
	}

	/** Whether something of the statement line can still be matched. */
	get isOpen() {
		return this.transaction.status === "Unreconciled" && this.transaction.unallocated > 0;
	}

	/** Why it cannot be submitted, or null. */
	get obstacle() {
		const t = this.translate;
		if (this.transaction.live_run) {
			return t("A run is working on this transaction.");
		}
		if (!this.isOpen) {
			return t("This transaction is not open.");
		}
		if (this.totals.count === 0) {
			return t("Select what this statement line has paid.");
		}
		if (this.totals.errors.length > 0) {
			const { row, error } = this.totals.errors[0];
			return `${row.name}: ${error}.`;
		}
		return this.difference.kind === "over" ? t("The selection is more than the statement line.") : null;
	}

	payload(idempotencyKey) {
		return payloadOf({
			transaction: this.transaction,
			invoices: this.lists.invoices.rows,
			vouchers: this.lists.vouchers.rows,
			selection: this.selection,
			choices: this.choices,
			idempotencyKey,
		});
	}
}
