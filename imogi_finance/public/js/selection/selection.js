/**
 * Which documents are chosen, with how much of each, and what that comes to. Pure data:
 * the list on screen may be filtered or sorted, the selection stays.
 */

import { plainTranslate } from "../batch_progress/format.js";
import { add, plainMoney } from "./money.js";

/** @param {{doctype: string, name: string}} row */
export function keyOf(row) {
	return `${row.doctype}/${row.name}`;
}

/** What a row counts for when all of it is taken. */
export function fullAmount(row) {
	return row.payable ?? row.amount;
}

/** Why a row cannot be chosen, or null. */
export function blockedReason(row, translate = plainTranslate) {
	if (!row.in_run) {
		return null;
	}
	return row.doctype === "Sales Order"
		? translate("Is being invoiced in run {0}", [row.in_run])
		: translate("Is being paid in run {0}", [row.in_run]);
}

/** Chosen rows: key -> { amount: part in minor units or null for all, error: string|null }. */
export class Selection {
	/** @param {{translate?: (text: string, args?: any[]) => string}} [options] */
	constructor({ translate = plainTranslate } = {}) {
		this.translate = translate;
		/** @type {Map<string, {amount: number|null, error: string|null, text?: string}>} */
		this.entries = new Map();
	}

	get size() {
		return this.entries.size;
	}

	has(row) {
		return this.entries.has(keyOf(row));
	}

	get(row) {
		return this.entries.get(keyOf(row)) ?? null;
	}

	/** @param {object} row @param {boolean} chosen */
	set(row, chosen) {
		if (!chosen) {
			this.entries.delete(keyOf(row));
		} else if (!blockedReason(row) && !this.has(row)) {
			this.entries.set(keyOf(row), { amount: null, error: null });
		}
	}

	/** @param {object[]} rows @param {boolean} chosen */
	setAll(rows, chosen) {
		for (const row of rows) {
			this.set(row, chosen);
		}
	}

	/**
	 * A part payment. `value` null takes all of it; `error` keeps what was typed and
	 * makes the selection unfit to submit.
	 */
	setAmount(row, value, error = null, text = undefined) {
		if (!this.has(row)) {
			return;
		}
		const problem = error ?? amountProblem(row, value, this.translate);
		const amount = problem || value === fullAmount(row) ? null : value;
		this.entries.set(keyOf(row), { amount, error: problem, text: problem ? text : undefined });
	}

	clear() {
		this.entries.clear();
	}

	/** Forgets rows that are no longer there or can no longer be chosen. */
	keepOnly(rows) {
		const allowed = new Map(rows.filter((row) => !blockedReason(row)).map((row) => [keyOf(row), row]));
		for (const [key, entry] of this.entries) {
			const row = allowed.get(key);
			if (!row) {
				this.entries.delete(key);
			} else if (entry.amount !== null && amountProblem(row, entry.amount)) {
				this.entries.set(key, { amount: null, error: null });
			}
		}
	}

	amountOf(row) {
		return this.get(row)?.amount ?? fullAmount(row);
	}
}

/** @param {object} row @param {number|null} value @returns {string|null} */
export function amountProblem(row, value, translate = plainTranslate) {
	if (value === null) {
		return null;
	}
	if (value <= 0) {
		return translate("The amount must be more than zero");
	}
	if (value > fullAmount(row)) {
		return translate("More than is outstanding");
	}
	return null;
}

/**
 * @param {object[]} rows  all of them, filtered or not
 * @param {Selection} selection
 * @param {Set<string>} [visible]  keys of the rows the filters let through
 * @returns {{count: number, total: number, hidden: number, parts: number, errors: {row: object, error: string}[]}}
 */
export function totalsOf(rows, selection, visible) {
	const totals = { count: 0, total: 0, hidden: 0, parts: 0, errors: [] };
	if (selection.size === 0) {
		return totals;
	}
	for (const row of rows) {
		const key = keyOf(row);
		const entry = selection.entries.get(key);
		if (!entry) {
			continue;
		}
		totals.count += 1;
		totals.total = add(totals.total, entry.amount ?? fullAmount(row));
		totals.hidden += visible && !visible.has(key) ? 1 : 0;
		totals.parts += entry.amount === null ? 0 : 1;
		if (entry.error) {
			totals.errors.push({ row, error: entry.error });
		}
	}
	return totals;
}

/**
 * The difference in words.
 *
 * @param {number} total
 * @param {number} unallocated
 * @param {number} exponent
 * @param {{translate?: Function, money?: {format: Function}}} [voice]
 * @returns {{kind: "none"|"short"|"exact"|"over", by: number, text: string}}
 */
export function differenceOf(total, unallocated, exponent, { translate: t = plainTranslate, money = plainMoney } = {}) {
	const by = Math.abs(add(unallocated, -total));
	const amount = money.format(by, exponent);
	if (total === 0) {
		return { kind: "none", by, text: t("{0} to match", [amount]) };
	}
	if (total === unallocated) {
		return { kind: "exact", by: 0, text: t("exactly matches") };
	}
	return total < unallocated
		? { kind: "short", by, text: t("{0} short of the statement line", [amount]) }
		: { kind: "over", by, text: t("{0} more than the statement line – cannot submit", [amount]) };
}

/**
 * The body of a request to reconcile: amounts in minor units, null for all that is open.
 *
 * @param {object} options
 * @returns {object}
 */
export function payloadOf({ transaction, invoices, vouchers, selection, choices, idempotencyKey }) {
	return {
		bank_transaction_name: transaction.name,
		invoices: invoices
			.filter((row) => selection.has(row))
			.map((row) => ({ doctype: row.doctype, name: row.name, amount: selection.get(row).amount })),
		regular_vouchers: vouchers
			.filter((row) => selection.has(row))
			.map((row) => ({ doctype: row.doctype, name: row.name })),
		per_party: choices.perParty,
		chunk_size: choices.chunkSize,
		stop_on_first_error: choices.stopOnFirstError,
		idempotency_key: idempotencyKey,
	};
}

/** How many payments will be made: one per invoice, or one per party. */
export function paymentCount(invoices, selection, perParty) {
	const chosen = invoices.filter((row) => selection.has(row));
	return perParty ? new Set(chosen.map((row) => row.party)).size : chosen.length;
}
