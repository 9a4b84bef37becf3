/**
 * “Select what matches”: a proposal for the statement line, from the obvious to the
 * merely plausible. Pure. It only ever proposes; a person submits.
 */

import { add } from "./money.js";
import { blockedReason, fullAmount } from "./selection.js";
import { sortRows } from "./row_filter.js";

/**
 * @param {object[]} rows    what the filters let through
 * @param {number} target    what is unallocated, in minor units
 * @returns {{rows: object[], total: number, how: "all"|"one"|"party"|"oldest"|"none", party?: string, next?: {row: object, amount: number}}}
 *   `next` is the invoice that would take the rest as a part payment
 */
export function proposeMatch(rows, target) {
	const free = rows.filter((row) => !blockedReason(row) && fullAmount(row) > 0);
	if (target <= 0 || free.length === 0) {
		return { rows: [], total: 0, how: "none" };
	}
	if (sumOf(free) === target) {
		return { rows: free, total: target, how: "all" };
	}
	const one = free.find((row) => fullAmount(row) === target);
	if (one) {
		return { rows: [one], total: target, how: "one" };
	}
	for (const [party, own] of groupByParty(free)) {
		if (own.length > 1 && sumOf(own) === target) {
			return { rows: own, total: target, how: "party", party };
		}
	}
	return oldestFirst(free, target);
}

/**
 * Oldest due first, as the longest unbroken run that fits: skipping an invoice to squeeze
 * in a younger one would be a choice nobody made.
 */
function oldestFirst(free, target) {
	const byDue = sortRows(free, { column: "due_date", descending: false });
	const taken = [];
	let total = 0;
	for (const row of byDue) {
		const with_ = add(total, fullAmount(row));
		if (with_ > target) {
			return { rows: taken, total, how: "oldest", next: total < target ? { row, amount: target - total } : undefined };
		}
		taken.push(row);
		total = with_;
	}
	return { rows: taken, total, how: "oldest" };
}

function sumOf(rows) {
	return rows.reduce((sum, row) => add(sum, fullAmount(row)), 0);
}

function groupByParty(rows) {
	const groups = new Map();
	for (const row of rows) {
		const own = groups.get(row.party);
		if (own) {
			own.push(row);
		} else {
			groups.set(row.party, [row]);
		}
	}
	return groups;
}
