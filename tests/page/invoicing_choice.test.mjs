import assert from "node:assert/strict";
import { test } from "node:test";
import { Choice, setAsideText } from "../../imogi_finance/public/js/desk/invoicing/choice.js";

const TODAY = "2026-11-26";

function order(name, more = {}) {
	return { name, company: "Acme", docstatus: 1, status: "To Deliver and Bill", per_billed: 0, ...more };
}

test("of what a filter finds, drafts, cancelled and billed orders are set aside, and it is said", () => {
	const choice = new Choice({ checked: [], today: TODAY });
	assert.equal(choice.scope, "matching");
	assert.equal(choice.isKnown, false);
	choice.setMatching([
		order("A"),
		order("B", { docstatus: 0 }),
		order("C", { docstatus: 2 }),
		order("D", { per_billed: 100 }),
		order("E", { per_billed: 99.5 }),
		order("F", { docstatus: 0 }),
	]);
	assert.equal(choice.isKnown, true);
	assert.deepEqual(choice.names, ["A", "E"]);
	assert.equal(setAsideText(choice), "Not asked for: 2 drafts, 1 cancelled, 1 fully billed.");
});

test("orders on hold or closed are not set aside: the server says of them that they are left out", () => {
	const choice = new Choice({ checked: [], today: TODAY });
	choice.setMatching([order("A", { status: "On Hold" }), order("B", { status: "Closed" })]);
	assert.deepEqual(choice.names, ["A", "B"]);
	assert.equal(setAsideText(choice), "");
});

test("what was checked by hand is asked for as it is", () => {
	const choice = new Choice({ checked: [order("A", { docstatus: 0 }), order("B", { per_billed: 100 })], today: TODAY });
	assert.equal(choice.scope, "checked");
	assert.deepEqual(choice.names, ["A", "B"]);
	choice.setMatching([order("A", { docstatus: 0 }), order("C")]);
	assert.deepEqual(choice.names, ["A", "B"]);
	choice.setScope("matching");
	assert.deepEqual(choice.names, ["C"]);
});

test("orders of one company are asked for at a time, first those of the most", () => {
	const choice = new Choice({ checked: [order("A"), order("B", { company: "Beta" }), order("C", { company: "Beta" })], today: TODAY });
	assert.deepEqual(choice.companies, [
		["Beta", 2],
		["Acme", 1],
	]);
	assert.deepEqual(choice.names, ["B", "C"]);
	choice.setCompany("Acme");
	assert.deepEqual(choice.names, ["A"]);
	choice.setCompany("Nobody");
	assert.deepEqual(choice.names, ["B", "C"]);
});

test("who is taken out stays out until put back, or other orders are meant", () => {
	const choice = new Choice({ checked: [order("A"), order("B")], today: TODAY });
	choice.setMatching([order("A"), order("B"), order("C")]);
	choice.takeOut(["A"]);
	assert.deepEqual(choice.names, ["B"]);
	choice.putBack();
	assert.deepEqual(choice.names, ["A", "B"]);
	choice.takeOut(["B"]);
	choice.setScope("matching");
	assert.deepEqual(choice.names, ["A", "B", "C"]);
});

test("a question has neither priority nor key, a request has both", () => {
	const choice = new Choice({ checked: [order("A")], today: TODAY, submit: true });
	choice.set({ priority: 9, only_delivered: true });
	assert.deepEqual(choice.question, {
		sales_orders: ["A"],
		company: "Acme",
		submit: true,
		update_stock: false,
		posting_date: TODAY,
		one_per_customer: false,
		only_delivered: true,
		leave_out_held: true,
	});
	assert.deepEqual(choice.request("key"), { ...choice.question, priority: 9, idempotency_key: "key" });
});
