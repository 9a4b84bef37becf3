/**
 * Keeps one run's state up to date: listens to events, asks for the status at the
 * right moments, sends cancel and retry.
 *
 * The clock is an argument, so that tests need not wait.
 */

import { applyProgress, applyStatus, initialState } from "./model.js";
import { initialRate, observe } from "./rate.js";

const POLL_DOWN_MS = 2_000;
const POLL_UP_MS = 10_000; // events can be lost while the socket looks healthy
const FETCH_TIMEOUT_MS = 15_000;

const SYSTEM_CLOCK = {
	now: () => Date.now(),
	setTimeout: (callback, delay) => setTimeout(callback, delay),
	clearTimeout: (timer) => clearTimeout(timer),
};

/**
 * @typedef {object} Transport
 * @property {(jobId: string) => Promise<object>} status
 * @property {(jobId: string, query: {status?: string, offset: number, limit: number}) => Promise<{items: object[], total: number}>} items
 * @property {(jobId: string) => Promise<object>} cancel
 * @property {(jobId: string) => Promise<object>} retry
 * @property {(jobId: string, handlers: {progress: Function, complete: Function, changed: () => void, connection: (up: boolean) => void}) => (() => void)} subscribe
 */

/**
 * @typedef {object} FeedState
 * @property {import("./model.js").RunState} run
 * @property {import("./rate.js").Rate} rate
 * @property {boolean} connected   events can arrive
 * @property {boolean} connectionKnown
 * @property {string|null} fetchError  the status cannot be had at the moment
 * @property {string|null} fatal       and never will (no such run, no permission)
 * @property {"idle"|"sending"|"sent"} cancelling
 * @property {string|null} actionError  why cancel or retry was refused
 * @property {boolean} retrying
 * @property {number} since  when waiting for a worker was first seen (ms)
 */

/**
 * @param {object} options
 * @param {string} options.jobId
 * @param {Transport} options.transport
 * @param {(state: FeedState) => void} options.onChange
 * @param {(jobId: string) => void} [options.onJob]  a retry goes on under another job id
 * @param {object} [options.clock]
 */
export function createFeed({ jobId, transport, onChange, onJob, clock = SYSTEM_CLOCK }) {
	let state = fresh(jobId, clock.now());
	let timer = null;
	let unsubscribe = null;
	let inFlight = false;
	let askAgain = false;
	let stopped = false;
	// Answers to questions asked before a retry are about the run as it was.
	let epoch = 0;

	function set(changes) {
		state = { ...state, ...changes };
		onChange(state);
	}

	function setRun(run, extra = {}) {
		if (run === state.run && Object.keys(extra).length === 0) {
			return;
		}
		const rate = observe(state.rate, { key: run.phase, current: run.current, now: clock.now() });
		const taken = run.ended || run.phase === "undoing"; // until then "Cancelling…" stays
		set({ run, rate, ...(taken ? { cancelling: "idle" } : {}), ...extra });
		if (run.ended) {
			release();
		}
	}

	function listen() {
		unsubscribe = transport.subscribe(state.run.jobId, {
			progress: (event) => !stopped && setRun(applyProgress(state.run, event, clock.now())),
			complete: (event) => {
				if (!stopped && (!event?.job_id || event.job_id === state.run.jobId)) {
					refresh();
				}
			},
			changed: () => !stopped && !state.run.ended && refresh(),
			connection: (up) => {
				if (stopped || state.run.ended || (state.connectionKnown && state.connected === up)) {
					return;
				}
				set({ connected: up, connectionKnown: true });
				refresh(); // whatever was missed is in the status
			},
		});
	}

	function release() {
		clock.clearTimeout(timer);
		timer = null;
		const end = unsubscribe;
		unsubscribe = null;
		end?.();
	}

	function schedule() {
		clock.clearTimeout(timer);
		timer = null;
		if (!stopped && !state.run.ended && !state.fatal) {
			timer = clock.setTimeout(refresh, state.connected && !state.fetchError ? POLL_UP_MS : POLL_DOWN_MS);
		}
	}

	async function refresh() {
		if (stopped || state.fatal) {
			return;
		}
		if (inFlight) {
			askAgain = true;
			return;
		}
		inFlight = true;
		clock.clearTimeout(timer);
		const asked = clock.now();
		const askedIn = epoch;
		try {
			const status = await withTimeout(transport.status(state.run.jobId), clock);
			if (!stopped && askedIn === epoch) {
				setRun(applyStatus(state.run, status, asked), { fetchError: null });
			}
		} catch (error) {
			if (!stopped && askedIn === epoch) {
				const final = error?.status === 404 || error?.status === 403;
				set(final ? { fatal: messageOf(error) } : { fetchError: messageOf(error) });
				if (final) {
					release();
				}
			}
		}
		inFlight = false;
		if (askAgain && !state.run.ended) {
			askAgain = false;
			refresh();
			return;
		}
		askAgain = false;
		schedule();
	}

	async function cancel() {
		if (state.cancelling !== "idle" || state.run.ended) {
			return;
		}
		set({ cancelling: "sending", actionError: null });
		const asked = clock.now();
		try {
			const status = await withTimeout(transport.cancel(state.run.jobId), clock);
			set({ cancelling: "sent" });
			if (status?.job_id) {
				setRun({ ...applyStatus(state.run, status, asked), cancelRequested: true });
			}
			if (!state.run.ended) {
				refresh();
			}
		} catch (error) {
			set({ cancelling: "idle", actionError: messageOf(error) });
			refresh();
		}
	}

	async function retry() {
		if (state.retrying) {
			return;
		}
		set({ retrying: true, actionError: null });
		try {
			const status = await withTimeout(transport.retry(state.run.jobId), clock);
			const previous = state.run.jobId;
			const next = status?.job_id || previous;
			release();
			epoch += 1;
			state = { ...fresh(next, clock.now()), connected: state.connected, connectionKnown: false };
			if (next !== previous) {
				onJob?.(next);
			}
			setRun(applyStatus(state.run, status, clock.now()));
			if (!state.run.ended) {
				listen();
				refresh();
			}
		} catch (error) {
			set({ retrying: false, actionError: messageOf(error) });
			refresh();
		}
	}

	return {
		start() {
			onChange(state);
			listen();
			refresh();
		},
		stop() {
			stopped = true;
			release();
		},
		refresh,
		cancel,
		retry,
		get state() {
			return state;
		},
	};
}

function fresh(jobId, now) {
	return {
		run: initialState(jobId),
		rate: initialRate(),
		connected: false,
		connectionKnown: false,
		fetchError: null,
		fatal: null,
		cancelling: "idle",
		actionError: null,
		retrying: false,
		since: now,
	};
}

/** A request that never answers must not end the polling. */
function withTimeout(promise, clock) {
	return new Promise((resolve, reject) => {
		const timer = clock.setTimeout(() => reject(new Error("The server did not answer in time.")), FETCH_TIMEOUT_MS);
		Promise.resolve(promise).then(
			(value) => {
				clock.clearTimeout(timer);
				resolve(value);
			},
			(error) => {
				clock.clearTimeout(timer);
				reject(error);
			},
		);
	});
}

function messageOf(error) {
	return error?.message || String(error);
}
