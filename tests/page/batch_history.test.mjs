import assert from "node:assert/strict";
import { test } from "node:test";
import { dayBefore, everyDay, exampleOf, isEmpty, sumOf, topOf } from "../../imogi_finance/public/js/batch_history/model.js";
import { outcomeText, rateText, spanText } from "../../imogi_finance/public/js/batch_history/wording.js";
import { createFormat, plainTranslate } from "../../imogi_finance/public/js/batch_progress/format.js";

const voice = { t: plainTranslate, format: createFormat("en") };
const day = (iso, succeeded = 1, failed = 0) => ({ day: iso, runs: 1, succeeded, failed });

test("every day of the period has a column, over the ends of months and years", () => {
	const days = everyDay([day("2026-01-02", 5), day("2025-12-31", 3, 1)], 4, "2026-01-02");
	assert.deepEqual(
		days.map(({ day: iso, succeeded }) => [iso, succeeded]),
		[["2025-12-30", 0], ["2025-12-31", 3], ["2026-01-01", 0], ["2026-01-02", 5]],
	);
	assert.equal(dayBefore("2024-03-01", 1), "2024-02-29");
});

test("a server whose day is further than the browser's loses no column", () => {
	const days = everyDay([day("2026-01-03", 7)], 2, "2026-01-02");
	assert.deepEqual(days.map(({ day: iso }) => iso), ["2026-01-02", "2026-01-03"]);
	assert.deepEqual(sumOf(days), { runs: 1, succeeded: 7, failed: 0 });
});

test("days outside the period are not counted", () => {
	assert.deepEqual(sumOf(everyDay([day("2025-01-01", 9)], 7, "2026-01-02")), { runs: 0, succeeded: 0, failed: 0 });
});

test("the scale ends at a round number that no column passes", () => {
	for (const [most, top] of [[0, 10], [10, 10], [11, 20], [99, 100], [100, 100], [101, 200], [3320, 4000], [7000, 8000], [9001, 10000]]) {
		assert.equal(topOf([day("2026-01-01", most)]), top, String(most));
	}
	assert.equal(topOf([day("2026-01-01", 90, 30)]), 200);
});

test("a rate is not rounded up to everything", () => {
	assert.equal(rateText(1, voice), "100\u202f%");
	assert.equal(rateText(0.99999, voice), "99.9\u202f%");
	assert.equal(rateText(0.987, voice), "98.7\u202f%");
	assert.equal(rateText(0.29, voice), "29\u202f%");
	assert.equal(rateText(0, voice), "0\u202f%");
	assert.equal(rateText(null, voice), "–");
});

test("spans are as coarse as they are long", () => {
	assert.equal(spanText(null, voice), "–");
	assert.equal(spanText(0.142, voice), "142 ms");
	assert.equal(spanText(1.44, voice), "1.4 s");
	assert.equal(spanText(59.9, voice), "59 s");
	assert.equal(spanText(191, voice), "3 min 11 s");
});

test("nothing is said of failures where there were none", () => {
	assert.equal(outcomeText({ succeeded: 1987, failed: 0 }, voice), "1,987 done");
	assert.equal(outcomeText({ succeeded: 987, failed: 13 }, voice), "987 done, 13 failed");
});

test("a run that waits is not nothing", () => {
	const history = { runs: [], queue: { pending: 0, processing: 0 } };
	const none = everyDay([], 7, "2026-01-02");
	assert.equal(isEmpty(history, none), true);
	assert.equal(isEmpty({ ...history, queue: { pending: 1, processing: 0 } }, none), false);
	assert.equal(isEmpty(history, everyDay([day("2026-01-01")], 7, "2026-01-02")), false);
});

test("an example that says what the reason says names its document only", () => {
	assert.equal(exampleOf("It is closed. Open it again.", "Sales Order SO-1: It is closed. Open it again."), "Sales Order SO-1");
	assert.equal(exampleOf("A draft bills it: ….", "Sales Order SO-1: A draft bills it: SINV-7."), "Sales Order SO-1: A draft bills it: SINV-7.");
	assert.equal(exampleOf("It is closed.", null), "");
});
