import assert from "node:assert/strict";
import { test } from "node:test";
import { estimate, initialRate, observe } from "../../imogi_finance/public/js/batch_progress/rate.js";

function run(steps, key = "working") {
	return steps.reduce((rate, [seconds, current]) => observe(rate, { key, current, now: seconds * 1000 }), initialRate());
}

test("says nothing before it has seen enough", () => {
	assert.equal(estimate(run([[0, 0], [0.2, 50]]), { total: 500, now: 300 }).secondsLeft, null);
	assert.equal(estimate(run([[0, 0], [10, 2]]), { total: 500, now: 10_000 }).secondsLeft, null);
});

test("a steady rate gives the rate and the time left", () => {
	const rate = run(Array.from({ length: 21 }, (_, k) => [k * 0.5, k * 10]));
	const { perSecond, secondsLeft } = estimate(rate, { total: 500, now: 10_000 });
	assert.ok(Math.abs(perSecond - 20) < 0.01, String(perSecond));
	assert.ok(Math.abs(secondsLeft - 15) < 0.1, String(secondsLeft));
});

test("what was done before it was watched does not count", () => {
	const rate = run(Array.from({ length: 11 }, (_, k) => [k, 400 + k * 2]));
	assert.ok(Math.abs(estimate(rate, { total: 500, now: 10_000 }).perSecond - 2) < 0.01);
});

test("the time left runs down between two events", () => {
	const rate = run(Array.from({ length: 11 }, (_, k) => [k, k * 10]));
	const first = estimate(rate, { total: 200, now: 10_000 }).secondsLeft;
	assert.ok(Math.abs(first - estimate(rate, { total: 200, now: 13_000 }).secondsLeft - 3) < 0.01);
});

test("one burst moves the rate only a little", () => {
	const before = run(Array.from({ length: 11 }, (_, k) => [k, k * 10]));
	const after = observe(before, { key: "working", current: 200, now: 10_200 });
	assert.ok(after.perSecond < 12, String(after.perSecond));
	assert.ok(after.perSecond > before.perSecond);
});

test("another phase is measured anew", () => {
	// A higher count, so that only the phase tells the two apart.
	const rate = observe(run(Array.from({ length: 11 }, (_, k) => [k, k * 10])), { key: "undoing", current: 105, now: 11_000 });
	assert.equal(estimate(rate, { total: 300, now: 11_000 }).perSecond, null);
});

test("when nothing moves it says so instead of promising", () => {
	const rate = run(Array.from({ length: 11 }, (_, k) => [k, k * 10]));
	const { secondsLeft, stalledSeconds } = estimate(rate, { total: 500, now: 40_000 });
	assert.equal(secondsLeft, null);
	assert.equal(stalledSeconds, 30);
});

test("slow steps are not taken for standing still", () => {
	const rate = run([[0, 0], [10, 20], [20, 40], [30, 60]]);
	assert.equal(estimate(rate, { total: 500, now: 45_000 }).stalledSeconds, null);
});
