import assert from "node:assert/strict";
import { test } from "node:test";
import { applyProgress, applyStatus, fractionOf, initialState } from "../../imogi_finance/public/js/batch_progress/model.js";

const JOB = "JOB-1";
const T0 = Date.parse("2025-01-01T00:00:00Z");
const at = (seconds) => new Date(T0 + seconds * 1000).toISOString();

function status(changes) {
	return { job_id: JOB, status: "Processing", phase: "working", current: 0, total: 100, processed: 0, succeeded: 0, failed: 0, undone: 0, message: "", ...changes };
}

function event(seconds, changes) {
	return { ...status(changes), at: at(seconds) };
}

function working(current = 10) {
	return applyStatus(initialState(JOB), status({ current, processed: current }), 0);
}

test("a progress event moves the counter", () => {
	const state = applyProgress(working(10), event(1, { current: 25, processed: 25, succeeded: 24, failed: 1, message: "Paying X" }), 1000);
	assert.equal(state.current, 25);
	assert.equal(state.failed, 1);
	assert.equal(state.message, "Paying X");
	assert.equal(fractionOf(state), 0.25);
});

test("a doubled event changes nothing that is shown", () => {
	const once = applyProgress(working(), event(1, { current: 25, processed: 25 }), 1000);
	const twice = applyProgress(once, event(1, { current: 25, processed: 25 }), 1010);
	assert.equal(twice.current, 25);
	assert.equal(twice.processed, 25);
});

test("an event older than one already shown is ignored whole", () => {
	const newer = applyProgress(working(), event(5, { current: 40, message: "new" }), 1000);
	assert.equal(applyProgress(newer, event(3, { current: 60, message: "old" }), 1100), newer);
});

test("progress never goes back within a phase, whoever says so", () => {
	const state = applyProgress(working(), event(1, { current: 50, processed: 50 }), 1000);
	assert.equal(applyProgress(state, event(2, { current: 30 }), 1200), state);
	assert.equal(applyStatus(state, status({ current: 30, processed: 30 }), 900).current, 50);
	assert.equal(applyStatus(state, status({ current: 30, processed: 30 }), 999_000).current, 50);
});

test("events of another run are ignored", () => {
	const state = working();
	assert.equal(applyProgress(state, { ...event(1, { current: 99 }), job_id: "JOB-2" }, 1000), state);
	assert.equal(applyStatus(state, { ...status({ current: 99 }), job_id: "JOB-2" }, 1000), state);
});

test("undoing has a counter of its own", () => {
	let state = applyProgress(working(), event(1, { current: 60, processed: 60 }), 1000);
	state = applyProgress(state, event(2, { status: "Undoing", phase: "undoing", current: 0, total: 58 }), 2000);
	assert.equal(state.phase, "undoing");
	assert.equal(state.current, 0);
	assert.equal(state.total, 58);
	assert.deepEqual(state.marks.working, { current: 60, total: 100 });
	assert.equal(state.processed, 60);
});

test("a late event of an earlier phase does not bring that phase back", () => {
	const undoing = applyProgress(working(), event(2, { status: "Undoing", phase: "undoing", current: 3, total: 58 }), 2000);
	assert.equal(applyProgress(undoing, event(3, { current: 61 }), 2100), undoing);
});

test("a status overtaken by an event does not bring an earlier phase back", () => {
	const undoing = applyProgress(working(), event(2, { status: "Undoing", phase: "undoing", current: 3, total: 58 }), 2000);
	const after = applyStatus(undoing, status({ current: 61, title: "T" }), 1990);
	assert.equal(after.phase, "undoing");
	assert.equal(after.details.title, "T");
});

test("a status asked for well after the last event is the truth, even about the phase", () => {
	const undoing = applyProgress(working(), event(2, { status: "Undoing", phase: "undoing", current: 3, total: 58 }), 2000);
	assert.equal(applyStatus(undoing, status({ current: 61 }), 9000).phase, "working");
});

test("only a status ends a run, and events after the end are ignored", () => {
	const state = working();
	assert.equal(applyProgress(state, event(9, { status: "Completed", phase: "ended", current: 100 }), 9000), state);
	const ended = applyStatus(state, status({ status: "Failed", phase: "ended", error: "because", current: 58, total: 58 }), 9000);
	assert.equal(ended.ended, true);
	assert.equal(ended.error, "because");
	assert.equal(applyProgress(ended, event(10, { current: 99 }), 9100), ended);
});

test("an ended run that works again begins anew", () => {
	const ended = applyStatus(working(80), status({ status: "Needs Attention", phase: "ended", current: 80 }), 1000);
	const again = applyStatus(ended, status({ current: 5, processed: 5 }), 5000);
	assert.equal(again.ended, false);
	assert.equal(again.current, 5);
	assert.equal(again.processed, 5);
});

test("a wish to cancel, once known, is not forgotten by an older event", () => {
	const state = applyStatus(working(), status({ cancel_requested: true }), 1000);
	assert.equal(applyProgress(state, event(1, { current: 30, cancel_requested: false }), 1100).cancelRequested, true);
});

test("while waiting nothing is said about how much is done", () => {
	const state = applyStatus(initialState(JOB), status({ status: "Pending", phase: "waiting", total: 100 }), 0);
	assert.equal(fractionOf(state), null);
});

test("current is never more than total", () => {
	assert.equal(applyStatus(initialState(JOB), status({ current: 130, total: 100 }), 0).current, 100);
});
