/**
 * What is asked for: which orders, and how they are invoiced. Pure data.
 */

import { plainTranslate } from "../../batch_progress/format.js";

/** @typedef {import("./listed_orders.js").ListedOrder} ListedOrder */

export const PRIORITIES = { urgent: 9, usual: 5, low: 1 };

/** Why an order that a filter has found is not asked for; of one that was checked by hand the server says it. */
const SET_ASIDE = [
	{ reason: "draft", is: (order) => order.docstatus === 0 },
	{ reason: "cancelled", is: (order) => order.docstatus === 2 },
	{ reason: "billed", is: (order) => order.per_billed >= 100 },
];

export class Choice {
	/**
	 * @param {object} options
	 * @param {ListedOrder[]} options.checked  those whose boxes are checked
	 * @param {string} options.today  ISO date
	 * @param {boolean} [options.submit]  what is proposed
	 */
	constructor({ checked, today, submit = false }) {
		this.found = { checked, matching: null };
		this.scope = checked.length ? "checked" : "matching";
		this.company = null;
		/** Names that the user has taken out. @type {Set<string>} */
		this.takenOut = new Set();
		this.options = {
			submit,
			update_stock: false,
			posting_date: today,
			one_per_customer: false,
			only_delivered: false,
			leave_out_held: true,
			priority: PRIORITIES.usual,
		};
		this.settle();
	}

	/** @param {ListedOrder[]} orders  all that the list's filters let through */
	setMatching(orders) {
		this.found.matching = orders;
		this.settle();
	}

	/** @param {"checked"|"matching"} scope */
	setScope(scope) {
		this.scope = scope;
		this.takenOut.clear();
		this.settle();
	}

	/** @param {string} company */
	setCompany(company) {
		this.company = company;
		this.settle();
	}

	/** @param {object} changes of the options */
	set(changes) {
		Object.assign(this.options, changes);
	}

	/** @param {string[]} names */
	takeOut(names) {
		for (const name of names) {
			this.takenOut.add(name);
		}
		this.settle();
	}

	putBack() {
		this.takenOut.clear();
		this.settle();
	}

	/** Whether it is known yet which orders are meant. */
	get isKnown() {
		return this.found[this.scope] !== null;
	}

	/** Sorts out who is asked for; called after every change. */
	settle() {
		const all = this.found[this.scope] ?? [];
		const counts = new Map();
		for (const { company } of all) {
			counts.set(company, (counts.get(company) ?? 0) + 1);
		}
		/** @type {[string, number][]} the company of the most orders first */
		this.companies = [...counts].sort((one, other) => other[1] - one[1] || one[0].localeCompare(other[0]));
		if (!counts.has(this.company)) {
			this.company = this.companies[0]?.[0] ?? null;
		}
		/** @type {Object<string, number>} by reason */
		this.setAside = {};
		/** @type {string[]} */
		this.names = [];
		for (const order of all) {
			if (order.company !== this.company || this.takenOut.has(order.name)) {
				continue;
			}
			const why = this.scope === "matching" && SET_ASIDE.find(({ is }) => is(order));
			if (why) {
				this.setAside[why.reason] = (this.setAside[why.reason] ?? 0) + 1;
			} else {
				this.names.push(order.name);
			}
		}
	}

	/** The body of a request, but for what only one that is carried out has. */
	get question() {
		const { priority, ...options } = this.options;
		return { sales_orders: this.names, company: this.company, ...options };
	}

	/** @param {string} idempotencyKey */
	request(idempotencyKey) {
		return { ...this.question, priority: this.options.priority, idempotency_key: idempotencyKey };
	}
}

/**
 * In words, which of the orders found are not asked for.
 *
 * @param {Choice} choice
 * @param {{t?: (text: string, args?: any[]) => string, count?: (number: number) => string}} voice
 * @returns {string}  empty where all are
 */
export function setAsideText({ setAside }, { t = plainTranslate, count = String } = {}) {
	const { draft = 0, cancelled = 0, billed = 0 } = setAside;
	const said = [
		draft && t("{0} drafts", [count(draft)]),
		cancelled && t("{0} cancelled", [count(cancelled)]),
		billed && t("{0} fully billed", [count(billed)]),
	].filter(Boolean);
	return said.length ? t("Not asked for: {0}.", [said.join(", ")]) : "";
}
