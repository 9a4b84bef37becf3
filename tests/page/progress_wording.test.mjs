import assert from "node:assert/strict";
import { test } from "node:test";
import { announce, initialMemory } from "../../imogi_finance/public/js/batch_progress/announcer.js";
import { plainAmount, toCsv } from "../../imogi_finance/public/js/batch_progress/csv.js";
import { createFormat, plainTranslate } from "../../imogi_finance/public/js/batch_progress/format.js";
import { applyStatus, initialState } from "../../imogi_finance/public/js/batch_progress/model.js";
import { initialRate } from "../../imogi_finance/public/js/batch_progress/rate.js";
import { activity, cancelQuestion, counter, headline, outcome, pace, percent, retryLabel, timeLeft, toneOf } from "../../imogi_finance/public/js/batch_progress/wording.js";

const voice = { t: plainTranslate, format: createFormat("en"), now: 10_000 };

function stateOf(changes, more = {}) {
	const status = { job_id: "J", status: "Processing", phase: "working", current: 0, total: 500, processed: 0, succeeded: 0, failed: 0, undone: 0, message: "", ...changes };
	return {
		run: applyStatus(initialState("J"), status, 0),
		rate: initialRate(),
		connected: true,
		connectionKnown: true,
		cancelling: "idle",
		since: 0,
		...more,
	};
}

test("time left is coarser the further away it is", () => {
	const words = [0, 4, 12.4, 33, 56, 70, 150, 3540, 3900].map((seconds) => timeLeft(seconds, voice));
	assert.deepEqual(words, [
		"a few seconds left",
		"a few seconds left",
		"about 12 s left",
		"about 35 s left",
		"about 55 s left",
		"about 1 min left",
		"about 3 min left",
		"about 59 min left",
		"about 1 h 10 min left",
	]);
});

test("at the start no number is invented", () => {
	assert.equal(pace(stateOf({ current: 3 }), voice), "estimating the time left…");
});

test("100 % is for when it is done", () => {
	assert.equal(percent(stateOf({ current: 4999, total: 5000 }), voice), "99\u202f%");
});

test("undoing says how far and why", () => {
	const state = stateOf({ status: "Undoing", phase: "undoing", current: 40, total: 60, error: "PINV-1 is on hold." });
	assert.equal(counter(state, voice), "Undoing 40 of 60 payments");
	assert.equal(activity(state, voice), "because PINV-1 is on hold.");
	assert.equal(toneOf(state), "undoing");
});

test("a run that failed was undone, and the reason is not said twice", () => {
	const state = stateOf({ status: "Failed", phase: "ended", error: "PINV-1 is on hold.", message: "Everything was undone, because PINV-1 is on hold." });
	assert.deepEqual(outcome(state, voice), { title: "Everything was undone, because PINV-1 is on hold.", detail: "" });
	const error = { ...state, run: { ...state.run, error: "Everything was undone, because X." } };
	assert.equal(outcome(error, voice).title, "Everything was undone, because X.");
});

test("what was done and then undone is not called done", () => {
	const state = stateOf({ status: "Failed", phase: "ended", processed: 59, succeeded: 58, failed: 1, undone: 58, total: 58, current: 58, items_total: 98 });
	assert.equal(counter(state, voice), "Stopped at 59 of 98 · 1 failed · 58 undone");
});

test("the other endings", () => {
	assert.equal(outcome(stateOf({ status: "Cancelled", phase: "ended" }), voice).title, "Cancelled. Everything was undone.");
	assert.equal(outcome(stateOf({ status: "Completed", phase: "ended", message: "All 500 are paid." }), voice).title, "All 500 are paid.");
	assert.equal(
		outcome(stateOf({ status: "Completed with Errors", phase: "ended", succeeded: 498, failed: 2 }), voice).title,
		"498 of 500 items are done; 2 failed.",
	);
	assert.match(outcome(stateOf({ status: "Needs Attention", phase: "ended" }), voice).title, /could not be undone/);
});

test("waiting is explained after a few seconds, not at once", () => {
	const waiting = { status: "Pending", phase: "waiting", message: "Waiting for a worker." };
	assert.equal(activity(stateOf(waiting, { since: 9_000 }), voice), "Waiting for a worker.");
	assert.match(activity(stateOf(waiting, { since: 0 }), voice), /No worker has taken this yet/);
});

test("cancelling is shown until undoing begins", () => {
	assert.equal(headline(stateOf({}, { cancelling: "sent" }), voice), "Cancelling…");
	assert.equal(headline(stateOf({ status: "Undoing", phase: "undoing" }, { cancelling: "sent" }), voice), "Undoing");
});

test("a screen reader hears phases and quarters, not every event", () => {
	let memory = initialMemory();
	const said = [];
	for (let current = 0; current <= 500; current += 5) {
		const result = announce(memory, stateOf({ current }), { ...voice, now: current * 200 });
		memory = result.memory;
		if (result.text) {
			said.push(result.text);
		}
	}
	assert.ok(said.length >= 4 && said.length <= 6, said.join(" | "));
	const end = announce(memory, stateOf({ status: "Failed", phase: "ended", error: "X." }), { ...voice, now: 100_001 });
	assert.match(end.text, /Everything was undone, because X\./);
	assert.equal(announce(end.memory, stateOf({ status: "Failed", phase: "ended", error: "X." }), { ...voice, now: 900_000 }).text, null);
});

test("money is exact and every text goes through the translation", () => {
	assert.equal(voice.format.money(123456789, "IDR", 2), "IDR 1,234,567.89");
	assert.equal(voice.format.money(-5, "USD", 2), "USD -0.05");
	assert.equal(voice.format.money(1500, "JPY", 0), "JPY 1,500");
	const german = (text, args = []) => plainTranslate(text === "{0} of {1}" ? "{0} von {1}" : text, args);
	assert.equal(counter(stateOf({ current: 5 }), { ...voice, t: german }), "5 von 500");
});

test("a reason cannot become a formula in a spreadsheet", () => {
	const csv = toCsv([["=SUM(A1)", 'say "x", y', "-12.50", "-cmd", null]]);
	assert.equal(csv, "\uFEFF'=SUM(A1),\"say \"\"x\"\", y\",-12.50,'-cmd,\r\n");
	assert.equal(plainAmount(-5, 2), "-0.05");
	assert.equal(plainAmount(1500, 0), "1500");
});

test("of a run whose items stand for themselves nothing is said to be undone", () => {
	const perItem = (changes) => stateOf({ policy: "Per Item", ...changes });
	const live = perItem({ status: "Processing", phase: "finishing", current: 500, processed: 500 });
	assert.equal(headline(live, voice), "Finishing");
	assert.match(cancelQuestion(live, voice).question, /What it has done so far stays/);
	assert.match(cancelQuestion(stateOf({}), voice).question, /is undone/);

	const stopped = perItem({ status: "Cancelled", phase: "ended", current: 200, processed: 200, succeeded: 198, failed: 2 });
	assert.equal(counter(stopped, voice), "198 of 500 done · 2 failed");
	assert.equal(outcome(stopped, voice).title, "Stopped: 198 of 500 items are done, and stay so.");
	assert.doesNotMatch(JSON.stringify(outcome(stopped, voice)), /undone/i);
	assert.equal(retryLabel(stopped, voice), "Resume");
	assert.equal(retryLabel(stateOf({ status: "Cancelled", phase: "ended" }), voice), "Try again");

	const withErrors = perItem({ status: "Completed with Errors", phase: "ended", current: 500, processed: 500, succeeded: 487, failed: 13 });
	assert.equal(counter(withErrors, voice), "487 of 500 done · 13 failed");
	assert.equal(outcome(withErrors, voice).title, "487 of 500 items are done; 13 failed.");
	assert.match(outcome(withErrors, voice).detail, /on no other/);
	assert.equal(retryLabel(withErrors, voice), "Try again");
	assert.equal(retryLabel({ ...withErrors, retrying: true }, voice), "Starting again…");
});

test("what was left out is counted at the end", () => {
	const counts = { policy: "Per Item", status: "Completed with Errors", phase: "ended", current: 500, processed: 500, succeeded: 480, failed: 15 };
	assert.equal(counter(stateOf({ ...counts, left_out: 5 }), voice), "480 of 500 done · 15 failed · 5 left out");
	assert.equal(counter(stateOf({ ...counts, succeeded: 485, left_out: 0 }), voice), "485 of 500 done · 15 failed");
});
