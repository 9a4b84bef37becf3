/**
 * What the matching desk does with a list of 10,000 rows, as ratios against a bare loop over the same rows that notes
 * each in a Set and adds up the amounts. No browser: what is drawn is a window of some rows, whatever the list's length.
 * Prints one JSON object; the argument is the number of rows.
 */

import { performance } from "node:perf_hooks";
import { Workbench } from "../imogi_finance/public/js/selection/workbench.js";

const ROWS = Number(process.argv[2] ?? 10_000);
const ROUNDS = 15;

function invoice(number) {
	return {
		doctype: "Purchase Invoice",
		name: `ACC-PINV-2026-${String(number).padStart(5, "0")}`,
		party: `Supplier ${number % 12}`,
		posting_date: `2026-01-${String(1 + (number % 28)).padStart(2, "0")}`,
		due_date: `2026-02-${String(1 + ((number * 7) % 28)).padStart(2, "0")}`,
		reference: `BILL-${number}`,
		outstanding: 100_000 + number,
		payable: 100_000 + number,
		status: "Unpaid",
		is_return: false,
		in_run: null,
	};
}

const rows = Array.from({ length: ROWS }, (_, number) => invoice(number));
const desk = new Workbench({ today: "2026-02-10" });
desk.transaction = { name: "BT", unallocated: 1e12, exponent: 2, currency: "IDR", status: "Unreconciled", live_run: null };
desk.setRows("invoices", rows);
desk.setRows("vouchers", []);

function bareLoop() {
	const chosen = new Set();
	let total = 0;
	for (const row of rows) {
		chosen.add(`${row.doctype}/${row.name}`);
		total += row.payable;
	}
	return [chosen.size, total];
}

/** What a user does, and what must be true after it. */
const acts = {
	"select all": [() => desk.clearSelection(), () => desk.toggle(desk.lists.invoices.free, true), () => desk.totals.count === ROWS],
	"take one row off": [
		() => desk.toggle(rows, true),
		() => desk.toggle([rows[ROWS >> 1]], false),
		() => desk.totals.count === ROWS - 1,
	],
	"search in all, all selected": [
		() => desk.clearFilter("invoices"),
		() => desk.setFilter("invoices", { text: "supplier 3" }),
		() => desk.lists.invoices.visible.length > 0 && desk.lists.invoices.visible.length < ROWS,
	],
	"sort by amount": [
		() => desk.clearFilter("invoices"),
		() => desk.sortBy("invoices", "amount"),
		() => desk.lists.invoices.visible.length === ROWS,
	],
	"write the request": [() => desk.toggle(rows, true), () => JSON.stringify(desk.payload("key")), () => true],
};

function timed(act) {
	const started = performance.now();
	act();
	return performance.now() - started;
}

function median(values) {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[sorted.length >> 1];
}

const figures = {};
for (const [name, [prepare, act, holds]] of Object.entries(acts)) {
	const ratios = [];
	const milliseconds = [];
	for (let round = 0; round < ROUNDS; round += 1) {
		const base = timed(bareLoop);
		prepare();
		const taken = timed(act);
		if (!holds()) {
			throw new Error(`${name}: not done`);
		}
		ratios.push(taken / base);
		milliseconds.push(taken);
	}
	figures[name] = { ratio: median(ratios), milliseconds: median(milliseconds) };
}
process.stdout.write(`${JSON.stringify({ rows: ROWS, acts: figures })}\n`);
