import assert from "node:assert/strict";
import { test } from "node:test";
import { createFeed } from "../../imogi_finance/public/js/batch_progress/feed.js";

/** A clock that only moves when told to. */
function fakeClock() {
	let now = 1_000_000;
	let next = 1;
	const timers = new Map();
	return {
		now: () => now,
		setTimeout(callback, delay) {
			timers.set(next, { at: now + delay, callback });
			return next++;
		},
		clearTimeout: (id) => timers.delete(id),
		async pass(ms) {
			const end = now + ms;
			for (;;) {
				await settle();
				const due = [...timers].filter(([, timer]) => timer.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
				if (!due) {
					break;
				}
				timers.delete(due[0]);
				now = due[1].at;
				due[1].callback();
			}
			now = end;
			await settle();
		},
		pending: () => timers.size,
	};
}

async function settle() {
	for (let k = 0; k < 12; k++) {
		await null;
	}
}

const WORKING = { job_id: "J", status: "Processing", phase: "working", current: 1, total: 10, processed: 1, succeeded: 1, failed: 0, undone: 0, message: "m" };
const ENDED = { ...WORKING, status: "Completed", phase: "ended", current: 10, processed: 10 };

function setUp(overrides = {}) {
	const clock = fakeClock();
	const calls = { status: 0, cancel: 0, retry: 0, unsubscribed: 0, subscribed: [] };
	const world = { answer: WORKING, handlers: null, clock, calls };
	const transport = {
		status: async () => {
			calls.status += 1;
			if (world.answer instanceof Error) {
				throw world.answer;
			}
			return { ...world.answer };
		},
		items: async () => ({ items: [], total: 0 }),
		cancel: async () => {
			calls.cancel += 1;
			return { ...WORKING, cancel_requested: true };
		},
		retry: async () => ({ ...WORKING, job_id: "J2", current: 0, processed: 0 }),
		subscribe(jobId, handlers) {
			calls.subscribed.push(jobId);
			world.handlers = handlers;
			return () => {
				calls.unsubscribed += 1;
			};
		},
		...overrides,
	};
	world.feed = createFeed({ jobId: "J", transport, clock, onChange() {}, onJob: (job) => (world.job = job) });
	world.feed.start();
	return world;
}

test("polls every 2 s while the connection is down", async () => {
	const { clock, calls } = setUp();
	await clock.pass(0);
	assert.equal(calls.status, 1);
	await clock.pass(10_000);
	assert.equal(calls.status, 6);
});

test("polls every 10 s while it is up, and at once when it comes back", async () => {
	const world = setUp();
	world.handlers.connection(true);
	await world.clock.pass(0);
	const before = world.calls.status;
	await world.clock.pass(30_000);
	assert.equal(world.calls.status, before + 3);
	world.handlers.connection(false);
	await world.clock.pass(0);
	assert.equal(world.calls.status, before + 4);
	await world.clock.pass(4_000);
	assert.equal(world.calls.status, before + 6);
});

test("stops polling and listening at the end", async () => {
	const world = setUp();
	await world.clock.pass(0);
	world.answer = ENDED;
	await world.clock.pass(2_000);
	assert.equal(world.feed.state.run.ended, true);
	const after = world.calls.status;
	await world.clock.pass(60_000);
	assert.equal(world.calls.status, after);
	assert.equal(world.calls.unsubscribed, 1);
	assert.equal(world.clock.pending(), 0);
});

test("the complete event is a reason to ask, not the answer", async () => {
	const world = setUp();
	world.handlers.connection(true);
	await world.clock.pass(0);
	world.handlers.complete({ job_id: "J", success: true, status: "Completed" });
	await world.clock.pass(0);
	assert.equal(world.feed.state.run.ended, false);
	world.answer = ENDED;
	world.handlers.complete({ job_id: "J", success: true, status: "Completed" });
	await world.clock.pass(0);
	assert.equal(world.feed.state.run.ended, true);
});

test("goes on asking while the server is away, and says so", async () => {
	const world = setUp();
	await world.clock.pass(0);
	world.answer = new Error("gone");
	await world.clock.pass(4_000);
	assert.equal(world.feed.state.fetchError, "gone");
	world.answer = WORKING;
	await world.clock.pass(2_000);
	assert.equal(world.feed.state.fetchError, null);
});

test("a status that never answers does not end the polling", async () => {
	let calls = 0;
	const world = setUp({ status: () => (++calls === 1 ? new Promise(() => {}) : Promise.resolve(WORKING)) });
	await world.clock.pass(18_000);
	assert.ok(calls >= 2);
	assert.equal(world.feed.state.run.known, true);
});

test("a run that does not exist is not asked for again", async () => {
	const world = setUp();
	world.answer = Object.assign(new Error("Run J does not exist."), { status: 404 });
	await world.clock.pass(2_000);
	const after = world.calls.status;
	await world.clock.pass(30_000);
	assert.equal(world.calls.status, after);
	assert.equal(world.feed.state.fatal, "Run J does not exist.");
});

test("cancel is sent once, and “cancelling” lasts until it is taken", async () => {
	const world = setUp();
	await world.clock.pass(0);
	world.feed.cancel();
	world.feed.cancel();
	await world.clock.pass(500);
	assert.equal(world.calls.cancel, 1);
	assert.equal(world.feed.state.run.cancelRequested, true);
	assert.equal(world.feed.state.cancelling, "sent");
	world.answer = { ...WORKING, status: "Undoing", phase: "undoing", current: 0, total: 1 };
	await world.clock.pass(4_000);
	assert.equal(world.feed.state.cancelling, "idle");
});

test("told that the run has moved, it asks how it stands, and stops where that may not be seen any more", async () => {
	const world = setUp();
	await world.clock.pass(0);
	const asked = world.calls.status;
	world.handlers.changed();
	await world.clock.pass(0);
	assert.equal(world.calls.status, asked + 1);
	world.answer = Object.assign(new Error("There is no such run."), { status: 404 });
	world.handlers.changed();
	await world.clock.pass(0);
	assert.equal(world.feed.state.fatal, "There is no such run.");
	assert.equal(world.calls.unsubscribed, 1);
});

test("a refused cancel says why and can be tried again", async () => {
	const world = setUp({ cancel: async () => Promise.reject(new Error("too late")) });
	await world.clock.pass(0);
	await world.feed.cancel();
	assert.equal(world.feed.state.actionError, "too late");
	assert.equal(world.feed.state.cancelling, "idle");
});

test("a retry under another job id is followed", async () => {
	const world = setUp();
	world.answer = { ...ENDED, status: "Failed" };
	await world.clock.pass(2_000);
	world.answer = { ...WORKING, job_id: "J2" };
	await world.feed.retry();
	await world.clock.pass(0);
	assert.equal(world.job, "J2");
	assert.equal(world.feed.state.run.jobId, "J2");
	assert.equal(world.feed.state.run.ended, false);
	assert.deepEqual(world.calls.subscribed, ["J", "J2"]);
});

test("an answer to a question asked before the retry is not believed", async () => {
	const late = [];
	let slow = false;
	const world = setUp({
		status: () => (slow ? new Promise((resolve) => late.push(resolve)) : Promise.resolve(WORKING)),
		retry: async () => ({ ...WORKING, current: 0, processed: 0 }),
	});
	await world.clock.pass(0);
	slow = true;
	world.feed.refresh();
	await world.feed.retry();
	late[0]({ ...ENDED, status: "Failed" });
	await world.clock.pass(0);
	assert.equal(world.feed.state.run.ended, false);
});
