/**
 * Which runs are going on anywhere, for the chip in the header, and word of those that
 * have just ended.
 */

import { api } from "./api.js";

const POLL_LIVE_MS = 3_000;
const POLL_IDLE_MS = 12_000;

/** @param {object} run */
export function isLive(run) {
	return run.phase !== "ended";
}

/** @param {object} run */
export function isInvoicing(run) {
	return run.kind === "Batch Invoicing";
}

/** What a run is about, in a word: its bank transaction, or what it was asked for. @param {object} run */
export function subjectOf(run) {
	return run.bank_transaction || run.title;
}

/** The run to show of several live ones: one that is being worked, where there is one. */
export function foremost(live) {
	return live.find((run) => run.phase !== "waiting") ?? live[0];
}

/**
 * @param {object} options
 * @param {object} options.transport
 * @param {() => void} options.onChange
 * @param {(run: object) => void} options.onEnded
 */
export function createLiveRuns({ transport, onChange, onEnded }) {
	let recent = [];
	let timer = null;
	let busy = false;
	const watched = new Map();

	async function refresh() {
		clearTimeout(timer);
		if (busy) {
			return;
		}
		busy = true;
		try {
			const before = new Set(recent.filter(isLive).map((run) => run.job_id));
			recent = (await api.runs({ limit: 20 })).runs;
			watch();
			onChange();
			recent.filter((run) => before.has(run.job_id) && !isLive(run)).forEach(onEnded);
		} catch {
			// The pages say so themselves when the server is gone; here it is enough to go on.
		}
		busy = false;
		clearTimeout(timer);
		timer = setTimeout(refresh, recent.some(isLive) ? POLL_LIVE_MS : POLL_IDLE_MS);
	}

	/** Events make the chip move between two polls. */
	function watch() {
		const live = new Set(recent.filter(isLive).map((run) => run.job_id));
		for (const [jobId, unsubscribe] of watched) {
			if (!live.has(jobId)) {
				unsubscribe();
				watched.delete(jobId);
			}
		}
		for (const jobId of live) {
			if (!watched.has(jobId)) {
				watched.set(jobId, transport.subscribe(jobId, { progress: (event) => move(event), complete: refresh }));
			}
		}
	}

	function move(event) {
		const run = recent.find((one) => one.job_id === event.job_id);
		// That a run has ended is told by the next poll, which then also says so.
		if (!run || !isLive(run) || !isLive(event) || (run.phase === event.phase && event.current < run.current)) {
			return;
		}
		const { phase, status, current, total, percentage, message } = event;
		Object.assign(run, { phase, status, current, total, percentage, message });
		onChange();
	}

	document.addEventListener("visibilitychange", () => !document.hidden && refresh());

	return {
		refresh,
		get live() {
			return recent.filter(isLive);
		},
		/** The latest runs, the newest first. */
		get recent() {
			return recent;
		},
		/** Another text whenever a run has begun or ended, even one that did both between two polls. */
		get chapter() {
			return recent.map((run) => `${run.job_id} ${isLive(run)}`).join();
		},
		/** A recent run by its id, or null. */
		find: (jobId) => recent.find((run) => run.job_id === jobId) ?? null,
		/** The newest run of a bank transaction, live or ended. */
		lastOf(transactionName) {
			return recent.find((run) => run.bank_transaction === transactionName) ?? null;
		},
	};
}
