import assert from "node:assert/strict";
import { test } from "node:test";
import { proposeMatch } from "../../imogi_finance/public/js/selection/auto_select.js";
import { add, createMoney, formatMoney, parseMoney } from "../../imogi_finance/public/js/selection/money.js";
import { parseHash, runHref, transactionHref } from "../../imogi_finance/sandbox/page/app/router.js";
import { emptyFilter, filterRows, isFiltering, partiesOf, sortRows } from "../../imogi_finance/public/js/selection/row_filter.js";
import { moveBy, rangeOf, scrollTo, windowOf } from "../../imogi_finance/public/js/selection/row_window.js";
import { Selection, differenceOf, keyOf, paymentCount, totalsOf } from "../../imogi_finance/public/js/selection/selection.js";
import { dateText } from "../../imogi_finance/sandbox/page/app/text.js";
import { Workbench } from "../../imogi_finance/public/js/selection/workbench.js";

function invoice(number, payable, more = {}) {
	return {
		doctype: "Purchase Invoice",
		name: `PINV-${String(number).padStart(5, "0")}`,
		party: "A",
		posting_date: "2025-01-01",
		due_date: `2025-02-${String(number).padStart(2, "0")}`,
		reference: `R${number}`,
		outstanding: payable,
		payable,
		status: "Unpaid",
		is_return: false,
		in_run: null,
		...more,
	};
}

const TX = { name: "BT-1", unallocated: 1000, exponent: 2, currency: "IDR", status: "Unreconciled", live_run: null };

function bench(rows, transaction = TX) {
	const own = new Workbench({ today: "2025-02-10" });
	own.transaction = { ...transaction };
	own.setRows("invoices", rows);
	own.setRows("vouchers", [{ doctype: "Payment Entry", name: "PAY-1", party: "B", posting_date: "2025-01-05", amount: 40, reference: "", in_run: null }]);
	return own;
}

test("money is written exactly, however large", () => {
	assert.equal(formatMoney(0), "0.00");
	assert.equal(formatMoney(5), "0.05");
	assert.equal(formatMoney(-123456), "-1,234.56");
	assert.equal(formatMoney(9007199254740991), "90,071,992,547,409.91");
	assert.equal(formatMoney(1500, 0), "1,500");
	assert.throws(() => formatMoney(0.5), RangeError);
	assert.throws(() => add(Number.MAX_SAFE_INTEGER, 1), RangeError);
});

test("money is read as people type it, or refused", () => {
	for (const [text, value] of [["1,250.5", 125050], [" 1 250.50 ", 125050], ["1250", 125000], [".5", 50], ["0.10", 10], ["1.500", 150], ["-3", -300], ["", null]]) {
		assert.deepEqual(parseMoney(text), { value, error: null }, text);
	}
	for (const text of ["1.250,00", "12,50", "abc", "1.234", "1e3", "--1", "99999999999999999"]) {
		assert.ok(parseMoney(text).error, text);
	}
	assert.equal(parseMoney("1.29").value, 129); // 1.29 * 100 is 129.00000000000001
	assert.ok(parseMoney("1.5", 0).error);
});

test("money follows the site's number format, in both directions", () => {
	const styles = {
		indonesian: [createMoney({ point: ",", separator: "." }), "1.234.567,80"],
		swiss: [createMoney({ point: ".", separator: "'" }), "1'234'567.80"],
		french: [createMoney({ point: ",", separator: " " }), "1 234 567,80"],
		indian: [createMoney({ point: ".", separator: ",", lakhs: true }), "12,34,567.80"],
		spaced: [createMoney({ point: ".", separator: ", " }), "1, 234, 567.80"],
		withoutDecimals: [createMoney({ point: "", separator: "." }), "1.234.567,80"],
	};
	for (const [name, [money, text]] of Object.entries(styles)) {
		assert.equal(money.format(123456780), text, name);
		assert.deepEqual(money.parse(text), { value: 123456780, error: null }, name);
		assert.equal(money.format(-5), text.includes(",8") ? "-0,05" : "-0.05", name);
		assert.equal(money.parse(money.format(100000)).value, 100000, name);
	}
	assert.equal(styles.withoutDecimals[0].format(123400), "1.234");
	assert.equal(styles.indian[0].format(123), "1.23");
	// What means something else in another format is refused, not guessed.
	for (const text of ["1250.50", "1,250.00", "12.50"]) {
		assert.match(styles.indonesian[0].parse(text).error, /1\.250,00/, text);
	}
	assert.equal(styles.indonesian[0].parse("1.250").value, 125000);
});

test("filters: every word, party, dates, amounts, overdue", () => {
	const rows = [
		invoice(1, 100, { party: "Sinar Abadi", due_date: "2025-02-01" }),
		invoice(2, 500, { party: "Maju", posting_date: "2025-03-01", due_date: "2025-04-01" }),
		invoice(3, 900, { party: "Sinar Jaya", status: "Overdue" }),
	];
	const names = (changes) =>
		filterRows(rows, { ...emptyFilter(), ...changes }, { today: "2025-02-10", isSelected: (row) => row === rows[1] }).map((row) => row.name.slice(-1)).join("");
	assert.equal(names({}), "123");
	assert.equal(names({ text: "sinar 3" }), "3");
	assert.equal(names({ text: "r2" }), "2");
	assert.equal(names({ party: "Maju" }), "2");
	assert.equal(names({ dateFrom: "2025-02-01" }), "2");
	assert.equal(names({ dateTo: "2025-02-28" }), "13");
	assert.equal(names({ amountFrom: 500 }), "23");
	assert.equal(names({ amountTo: 500 }), "12");
	assert.equal(names({ overdueOnly: true }), "13");
	assert.equal(names({ selectedOnly: true }), "2");
	assert.equal(names({ status: "Overdue" }), "3");
	assert.equal(names({ doctype: "Sales Invoice" }), "");
	assert.equal(names({ doctype: "Purchase Invoice", dueTo: "2025-02-28" }), "13");
	assert.equal(names({ dueFrom: "2025-02-02", dueTo: "2025-03-31" }), "3");
	assert.equal(names({ dueFrom: "2025-04-01" }), "2");
	assert.equal(isFiltering(emptyFilter()), false);
	assert.equal(isFiltering({ ...emptyFilter(), amountFrom: 0 }), true);
});

test("sorting is by value, both ways, and steady", () => {
	const rows = [invoice(2, 900), invoice(1, 900), invoice(3, 1000)];
	const names = (column, descending) => sortRows(rows, { column, descending }).map((row) => row.name.slice(-1)).join("");
	assert.equal(names("amount", false), "123");
	assert.equal(names("amount", true), "312");
	assert.equal(names("due_date", true), "321");
	assert.deepEqual(partiesOf([...rows, invoice(4, 1, { party: "0" })]), [{ party: "0", count: 1 }, { party: "A", count: 3 }]);
});

test("the total is exact, counts parts, and a return counts as what it pays", () => {
	const rows = [invoice(1, 300), invoice(2, 200, { is_return: true, outstanding: -200 }), invoice(3, 100)];
	const selection = new Selection();
	selection.setAll(rows, true);
	selection.setAmount(rows[0], 120);
	const totals = totalsOf(rows, selection, new Set([keyOf(rows[0])]));
	assert.deepEqual({ ...totals, errors: totals.errors.length }, { count: 3, total: 420, hidden: 2, parts: 1, errors: 0 });
	selection.setAmount(rows[0], 300); // all of it again
	assert.equal(totalsOf(rows, selection).parts, 0);
});

test("a part payment must be more than nothing and not more than is outstanding", () => {
	const row = invoice(1, 300);
	const own = bench([row]);
	own.toggle([row], true);
	for (const [value, wrong] of [[301, true], [0, true], [-5, true], [1, false], [300, false]]) {
		own.setAmount(row, value);
		assert.equal(own.obstacle !== null, wrong, String(value));
	}
	own.setAmount(row, null, "Write an amount", "abc");
	assert.match(own.obstacle, /PINV-00001: Write an amount/);
	assert.equal(own.selection.get(row).text, "abc");
});

test("the difference is said in words", () => {
	assert.equal(differenceOf(0, 125000, 2).text, "1,250.00 to match");
	assert.equal(differenceOf(100, 125100, 2).text, "1,250.00 short of the statement line");
	assert.equal(differenceOf(125100, 125100, 2).text, "exactly matches");
	assert.equal(differenceOf(149100, 125100, 2).text, "240.00 more than the statement line – cannot submit");
});

test("every sentence of the selection goes through the translation", () => {
	const said = [];
	const translate = (text, args = []) => {
		said.push(text);
		return `«${args.join()}»`;
	};
	const own = new Workbench({ today: "2025-02-10", translate, money: createMoney({ point: ",", separator: "." }) });
	const rows = [invoice(1, 300000), invoice(2, 1, { in_run: "JOB-9" })];
	own.transaction = { ...TX, unallocated: 100000 };
	own.setRows("invoices", rows);
	own.setRows("vouchers", []);
	assert.equal(own.difference.text, "«1.000,00»");
	assert.equal(own.obstacle, "«»");
	own.toggle(rows, true);
	assert.equal(own.difference.text, "«2.000,00»");
	own.setAmount(rows[0], 300001);
	assert.equal(own.obstacle, "PINV-00001: «».");
	assert.deepEqual(said, [
		"{0} to match",
		"Select what this statement line has paid.",
		"{0} more than the statement line – cannot submit",
		"More than is outstanding",
	]);
});

test("rows of a live run cannot be chosen", () => {
	const rows = [invoice(1, 300), invoice(2, 300, { in_run: "JOB-9" })];
	const own = bench(rows);
	own.toggle(rows, true);
	assert.equal(own.totals.count, 1);
	assert.equal(own.lists.invoices.allChosen, true);
});

test("filters do not touch the selection; what they hide is counted", () => {
	const rows = [invoice(1, 300), invoice(2, 200, { party: "B" })];
	const own = bench(rows);
	own.toggle(rows, true);
	own.setFilter("invoices", { party: "B" });
	assert.equal(own.totals.total, 500);
	assert.equal(own.totals.hidden, 1);
	own.clearFilter("invoices");
	assert.equal(own.totals.hidden, 0);
});

test("rows that are gone after a reload leave the selection", () => {
	const rows = [invoice(1, 300), invoice(2, 200)];
	const own = bench(rows);
	own.toggle(rows, true);
	own.setAmount(rows[1], 150);
	own.setRows("invoices", [{ ...rows[1], payable: 100, outstanding: 100 }]);
	assert.equal(own.totals.count, 1);
	assert.equal(own.totals.total, 100); // the part is no longer possible
});

test("more than the line, a live run or nothing chosen cannot be submitted", () => {
	const rows = [invoice(1, 1001), invoice(2, 10)];
	const own = bench(rows);
	assert.ok(own.obstacle);
	own.toggle([rows[0]], true);
	assert.match(own.obstacle, /more than the statement line/);
	own.clearSelection();
	own.toggle([rows[1]], true);
	assert.equal(own.obstacle, null);
	own.transaction.live_run = "JOB-1";
	assert.ok(own.obstacle);
});

test("what is sent is what was chosen", () => {
	const rows = [invoice(1, 300, { party: "A" }), invoice(2, 200, { party: "A" }), invoice(3, 100)];
	const own = bench(rows);
	own.toggle([rows[0], rows[1], ...own.lists.vouchers.rows], true);
	own.setAmount(rows[1], 150);
	own.choices.perParty = true;
	assert.deepEqual(own.payload("K"), {
		bank_transaction_name: "BT-1",
		invoices: [
			{ doctype: "Purchase Invoice", name: "PINV-00001", amount: null },
			{ doctype: "Purchase Invoice", name: "PINV-00002", amount: 150 },
		],
		regular_vouchers: [{ doctype: "Payment Entry", name: "PAY-1" }],
		per_party: true,
		chunk_size: null,
		stop_on_first_error: false,
		idempotency_key: "K",
	});
	assert.equal(paymentCount(rows, own.selection, true), 1);
	assert.equal(paymentCount(rows, own.selection, false), 2);
});

test("select what matches: all, one, a party, else the oldest due", () => {
	const names = (rows, target) => {
		const found = proposeMatch(rows, target);
		return `${found.how}:${found.rows.map((row) => row.name.slice(-1)).join("")}=${found.total}`;
	};
	const rows = [invoice(3, 300), invoice(1, 100, { party: "B" }), invoice(2, 200, { party: "B" }), invoice(4, 50)];
	assert.equal(names(rows, 650), "all:3124=650");
	assert.equal(names(rows, 50), "one:4=50");
	assert.equal(names([...rows, invoice(5, 1)].filter((row) => row.name !== "PINV-00003"), 300), "party:12=300");
	assert.equal(names(rows, 610), "oldest:123=600");
	assert.deepEqual(proposeMatch(rows, 610).next, { row: rows[3], amount: 10 });
	assert.equal(names([...rows, invoice(5, 70)], 600), "oldest:123=600");
	assert.equal(proposeMatch([...rows, invoice(5, 70)], 600).next, undefined);
	assert.equal(names(rows, 99), "oldest:=0");
	assert.equal(names([invoice(1, 5, { in_run: "J" })], 5), "none:=0");
});

test("of 5,000 rows only those in sight are drawn", () => {
	const { first, last, before, height } = windowOf({ scrollTop: 36_000, viewHeight: 600, rowHeight: 36, count: 5000 });
	assert.ok(first <= 1000 && last >= 1017 && last - first < 60);
	assert.equal(before, first * 36);
	assert.equal(height, 180_000);
	// A filter leaves 3 rows while the list is scrolled far down.
	assert.deepEqual(windowOf({ scrollTop: 36_000, viewHeight: 600, rowHeight: 36, count: 3 }), { first: 0, last: 3, before: 0, height: 108 });
	assert.deepEqual(windowOf({ scrollTop: 0, viewHeight: 600, rowHeight: 36, count: 0 }), { first: 0, last: 0, before: 0, height: 0 });
});

test("the keyboard moves within the list and keeps the row in sight", () => {
	const from = { index: 5, count: 10, page: 4 };
	assert.deepEqual(["ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End", "x"].map((key) => moveBy(key, from)), [6, 4, 9, 1, 0, 9, null]);
	assert.equal(moveBy("End", { index: 0, count: 0, page: 1 }), null);
	const view = { scrollTop: 100, viewHeight: 100, rowHeight: 10 };
	assert.equal(scrollTo({ index: 12, ...view }), 100);
	assert.equal(scrollTo({ index: 3, ...view }), 30);
	assert.equal(scrollTo({ index: 20, ...view }), 110);
	assert.deepEqual(rangeOf(["a", "b", "c", "d"], 2, 1), ["b", "c"]);
});

test("the address leads back to the same place", () => {
	assert.deepEqual(parseHash(""), { page: "transactions" });
	assert.deepEqual(parseHash("#/transactions"), { page: "transactions" });
	assert.deepEqual(parseHash(transactionHref("BT-00001")), { page: "transaction", name: "BT-00001" });
	assert.deepEqual(parseHash(runHref("a/b c")), { page: "run", name: "a/b c" });
	assert.deepEqual(parseHash("#/runs"), { page: "runs" });
	assert.deepEqual(parseHash("#/nonsense"), { page: "transactions" });
	assert.equal(dateText("2025-09-05"), "05 Sep 2025");
});
