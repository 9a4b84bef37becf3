import "./served.mjs";
import assert from "node:assert/strict";
import { test } from "node:test";

const APP = "../../imogi_finance/sandbox/page/app/";
const { OrderBench, parseChunk, usualOptions } = await import(`${APP}order_bench.js`);
const { Judgement } = await import(`${APP}judgement.js`);
const { parseHash } = await import(`${APP}router.js`);
const { foremost, isInvoicing, subjectOf } = await import(`${APP}live_runs.js`);

function order(number, more = {}) {
	return {
		name: `SO-${String(number).padStart(5, "0")}`,
		customer: number % 2 ? "Ani" : "Budi",
		order_date: `2026-01-${String(number).padStart(2, "0")}`,
		delivery_date: "2026-02-01",
		reference: "",
		unbilled: 100 * number,
		delivered_unbilled: 0,
		currency: "IDR",
		exponent: 2,
		status: "To Deliver and Bill",
		drafts: "",
		in_run: null,
		...more,
	};
}

function bench(orders) {
	const own = new OrderBench({ today: "2026-01-20" });
	own.setOrders(orders);
	return own;
}

test("what the filters let through is chosen, and what they hide stays chosen", () => {
	const own = bench([1, 2, 3, 4].map((number) => order(number)));
	own.setFilter({ party: "Ani" });
	own.toggle(own.list.free, true);
	own.setFilter({ party: "Budi" });
	assert.deepEqual([own.list.totals.count, own.list.totals.total, own.list.totals.hidden], [2, 400, 2]);
	own.clearFilter();
	assert.equal(own.list.totals.hidden, 0);
	assert.equal(own.list.allChosen, false);
});

test("an order of a live run cannot be chosen, and leaves the selection when one takes it", () => {
	const own = bench([order(1), order(2, { in_run: "RUN-1" })]);
	own.toggle(own.list.rows, true);
	assert.equal(own.selection.size, 1);
	own.setOrders([order(1, { in_run: "RUN-2" }), order(2)]);
	assert.equal(own.selection.size, 0);
	assert.deepEqual(own.list.free.map((row) => row.name), ["SO-00002"]);
});

test("what the server objected to is deselected by its name", () => {
	const own = bench([order(1), order(2)]);
	own.toggle(own.list.rows, true);
	own.deselect(["Sales Order SO-00001", "Customer Ani"]);
	assert.deepEqual(own.payload().sales_orders, ["SO-00002"]);
});

test("what is sent is what was chosen, the oldest order first however the list came", () => {
	const own = bench([3, 1, 2].map((number) => order(number)));
	own.sortBy("amount");
	own.sortBy("amount");
	own.toggle(own.list.rows, true);
	Object.assign(own.options, { submit: false, onlyDelivered: true, postingDate: "2026-01-31", chunkSize: 50 });
	assert.deepEqual(own.payload(), {
		sales_orders: ["SO-00001", "SO-00002", "SO-00003"],
		submit: false,
		one_per_customer: false,
		only_delivered: true,
		leave_out_held: true,
		posting_date: "2026-01-31",
		chunk_size: 50,
	});
	assert.equal(bench([]).payload().posting_date, null);
});

test("the usual options are of each page its own", () => {
	usualOptions().submit = false;
	assert.equal(usualOptions().submit, true);
});

test("the states of the list are counted", () => {
	const own = bench([order(1), order(2, { status: "On Hold" }), order(3)]);
	assert.deepEqual(own.statuses, [{ status: "On Hold", count: 1 }, { status: "To Deliver and Bill", count: 2 }]);
});

test("a number of orders in one step is whole and within what the server takes", () => {
	for (const [text, value] of [["", null], [" 20 ", 20], ["1", 1], ["500", 500]]) {
		assert.deepEqual(parseChunk(text), { value, error: null }, text);
	}
	for (const text of ["0", "501", "2.5", "-1", "x", "1e2"]) {
		assert.ok(parseChunk(text).error, text);
		assert.equal(parseChunk(text).value, null, text);
	}
});

/** A server whose answers come when the test says so. */
function slowServer() {
	const asked = [];
	return { asked, ask: () => new Promise((resolve, reject) => asked.push({ resolve, reject })) };
}
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

test("an answer to an earlier question is not believed", async () => {
	const server = slowServer();
	const judgement = new Judgement(server.ask, () => {});
	judgement.now();
	judgement.now();
	server.asked[1].resolve({ ready: 2 });
	await settled();
	server.asked[0].resolve({ ready: 1 });
	await settled();
	assert.deepEqual([judgement.answer, judgement.asking], [{ ready: 2 }, false]);
});

test("a choice makes an answer that is on its way worthless at once", async () => {
	const server = slowServer();
	const judgement = new Judgement(server.ask, () => {});
	judgement.now();
	judgement.later();
	server.asked[0].resolve({ ready: 1 });
	await settled();
	assert.deepEqual([judgement.answer, judgement.asking], [null, true]);
	judgement.stop();
});

test("several choices in a row are one question", async () => {
	let questions = 0;
	const judgement = new Judgement(async () => ({ ready: (questions += 1) }), () => {});
	await judgement.now();
	judgement.later();
	judgement.later();
	judgement.later();
	await new Promise((resolve) => setTimeout(resolve, 400));
	assert.equal(questions, 2);
	assert.deepEqual(judgement.answer, { ready: 2 });
});

test("what is known stays while the server is away, and goes when it refuses", async () => {
	let failure = null;
	const judgement = new Judgement(async () => {
		if (failure) {
			throw failure;
		}
		return { ready: 1 };
	}, () => {});
	await judgement.now();
	failure = Object.assign(new Error("away"), { isUnreachable: true });
	await judgement.now();
	assert.deepEqual([judgement.answer, judgement.error], [{ ready: 1 }, failure]);
	failure = Object.assign(new Error("refused"), { isUnreachable: false });
	await judgement.now();
	assert.deepEqual([judgement.answer, judgement.error], [null, failure]);
});

test("nothing is told after the dialog is closed", async () => {
	const server = slowServer();
	let told = 0;
	const judgement = new Judgement(server.ask, () => (told += 1));
	judgement.now();
	judgement.stop();
	const before = told;
	server.asked[0].resolve({ ready: 1 });
	await settled();
	assert.equal(told, before);
});

test("orders and history have addresses", () => {
	assert.deepEqual(parseHash("#/orders"), { page: "orders" });
	assert.deepEqual(parseHash("#/history"), { page: "history" });
	assert.deepEqual(parseHash("#/order"), { page: "transactions" });
});

test("a run is called by what it is about", () => {
	assert.equal(subjectOf({ bank_transaction: "BT-1", title: "Reconcile" }), "BT-1");
	assert.equal(subjectOf({ kind: "Batch Invoicing", title: "Invoice 5 orders" }), "Invoice 5 orders");
	assert.equal(isInvoicing({ kind: "Batch Invoicing" }), true);
	assert.equal(isInvoicing({ kind: "Bulk Reconciliation" }), false);
});

test("of several live runs one that is worked is shown", () => {
	const [waiting, working] = [{ phase: "waiting" }, { phase: "working" }];
	assert.equal(foremost([waiting, working]), working);
	assert.equal(foremost([waiting, { phase: "waiting" }]), waiting);
	assert.equal(foremost([]), undefined);
});
