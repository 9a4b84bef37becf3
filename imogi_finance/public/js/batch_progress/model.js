/**
 * What is known about one run, and how news about it changes that.
 *
 * Pure: no DOM, no timers. Progress events may be lost, doubled or reordered, and a
 * status answer may be older than the event that overtook it, so every piece of news
 * is judged before it is believed.
 */

/** Order of the phases: a run only goes forward through them, unless it is started again. */
export const PHASE_RANK = { waiting: 0, working: 1, finishing: 2, undoing: 3, ended: 4 };

const FINAL_STATUSES = new Set([
	"Completed",
	"Completed with Errors",
	"Failed",
	"Cancelled",
	"Needs Attention",
]);

/**
 * A server may announce a phase a moment before its own status shows it. Within this
 * time after an event, a status that says otherwise is taken for late, not for truth.
 */
const TRUTH_GRACE_MS = 1500;

/**
 * @typedef {object} RunState
 * @property {string} jobId
 * @property {boolean} known       a status was received at least once
 * @property {string} phase
 * @property {string} status
 * @property {number} current      of the phase; never falls within a phase
 * @property {number} total
 * @property {Object<string, {current: number, total: number}>} marks  highest seen, per phase
 * @property {number} processed
 * @property {number} succeeded
 * @property {number} failed
 * @property {number} undone
 * @property {string} message
 * @property {string|null} error
 * @property {boolean} cancelRequested
 * @property {boolean} ended
 * @property {object} details      the last full status: title, amount, who, when…
 * @property {number} lastEventAt  server time of the newest event believed (ms)
 * @property {number} lastEventSeen  local time at which it arrived (ms)
 */

/**
 * @param {string} jobId
 * @returns {RunState}
 */
export function initialState(jobId) {
	return {
		jobId,
		known: false,
		phase: "waiting",
		status: "Pending",
		current: 0,
		total: 0,
		marks: {},
		processed: 0,
		succeeded: 0,
		failed: 0,
		undone: 0,
		message: "",
		error: null,
		cancelRequested: false,
		ended: false,
		details: {},
		lastEventAt: -Infinity,
		lastEventSeen: -Infinity,
	};
}

/** @param {string} status @param {string} [phase] */
export function isFinal(status, phase) {
	return phase === "ended" || FINAL_STATUSES.has(status);
}

/**
 * Whether each item stands for itself: what is done stays when the run is stopped, and one that
 * fails stops none of the others. Else all of it is done, or all undone.
 *
 * @param {RunState} state
 */
export function isPerItem(state) {
	return state.details.policy === "Per Item";
}

/** How many items were left out from the start, because the one who asked wanted it so. @param {RunState} state */
export function leftOutOf(state) {
	return state.details.left_out || 0;
}

/**
 * Takes in a full status. It is the truth, except where an event overtook it.
 *
 * @param {RunState} state
 * @param {object} status  as the server sends it
 * @param {number} requestedAt  local time at which it was asked for (ms)
 * @returns {RunState}
 */
export function applyStatus(state, status, requestedAt) {
	if (!status || (status.job_id && status.job_id !== state.jobId)) {
		return state;
	}
	const phase = phaseOf(status);
	const overtaken = requestedAt < state.lastEventSeen + TRUTH_GRACE_MS;
	const goesBack = PHASE_RANK[phase] < PHASE_RANK[state.phase];

	if (state.known && goesBack && overtaken && !state.ended) {
		// Keep the newer picture; the answer is still good for what does not move.
		return { ...state, details: { ...state.details, ...pickFixed(status) } };
	}

	let base = state;
	if (state.ended && phase !== "ended") {
		base = { ...initialState(state.jobId), details: state.details }; // started again elsewhere
	} else if (goesBack) {
		base = { ...state, marks: dropMarksAbove(state.marks, phase) };
	}
	const late = state.known && overtaken && phase === state.phase && phase !== "ended";
	return withNews(base, status, phase, { late, full: true });
}

/**
 * Takes in a progress event.
 *
 * @param {RunState} state
 * @param {object} event
 * @param {number} now  local time (ms)
 * @returns {RunState}  the same object when the event is ignored
 */
export function applyProgress(state, event, now) {
	if (!event || event.job_id !== state.jobId || state.ended) {
		return state;
	}
	const at = Date.parse(event.at);
	if (Number.isFinite(at) && at < state.lastEventAt) {
		return state; // reordered: something newer was already shown
	}
	const phase = phaseOf(event);
	if (phase === "ended" || PHASE_RANK[phase] < PHASE_RANK[state.phase]) {
		return state; // ends and restarts are told by the status, not by an event
	}
	if (phase === state.phase && isBehind(state, event)) {
		return state;
	}
	const next = withNews(state, event, phase, { late: false, full: false });
	next.lastEventAt = Number.isFinite(at) ? at : state.lastEventAt;
	next.lastEventSeen = now;
	return next;
}

/**
 * Share of the phase that is done, 0..1, or null while it cannot be known.
 *
 * @param {RunState} state
 * @returns {number|null}
 */
export function fractionOf(state) {
	if (!state.known && state.total === 0) {
		return null;
	}
	if (state.phase === "waiting") {
		return null;
	}
	if (state.total <= 0) {
		return state.ended ? 1 : null;
	}
	return Math.min(1, state.current / state.total);
}

function phaseOf(news) {
	if (isFinal(news.status, news.phase)) {
		return "ended";
	}
	if (news.status === "Undoing") {
		return "undoing";
	}
	return news.phase in PHASE_RANK ? news.phase : "working";
}

function isBehind(state, event) {
	const sameScale = !event.total || event.total === state.total;
	return sameScale && Number(event.current) < state.current;
}

function withNews(state, news, phase, { late, full }) {
	const total = whole(news.total, phase === state.phase ? state.total : 0);
	const mark = state.marks[phase];
	let current = whole(news.current, 0);
	if (mark && mark.total === total) {
		current = Math.max(current, mark.current);
	}
	if (total > 0) {
		current = Math.min(current, total);
	}
	const next = {
		...state,
		known: state.known || full,
		phase,
		status: news.status || state.status,
		current,
		total,
		marks: { ...state.marks, [phase]: { current, total } },
		processed: Math.max(state.processed, whole(news.processed, state.processed)),
		cancelRequested: state.cancelRequested || Boolean(news.cancel_requested),
		ended: phase === "ended",
	};
	if (!late) {
		next.succeeded = whole(news.succeeded, state.succeeded);
		next.failed = whole(news.failed, state.failed);
		next.undone = whole(news.undone, state.undone);
		next.message = news.message ?? state.message;
	}
	if (full) {
		next.error = news.error ?? null;
		next.details = { ...state.details, ...news };
	}
	return next;
}

function dropMarksAbove(marks, phase) {
	const kept = {};
	for (const [name, mark] of Object.entries(marks)) {
		if (PHASE_RANK[name] <= PHASE_RANK[phase]) {
			kept[name] = mark;
		}
	}
	return kept;
}

function pickFixed(status) {
	const { kind, policy, title, requested_by, company, bank_transaction, amount, currency, exponent, created_at, started_at } = status;
	return { kind, policy, title, requested_by, company, bank_transaction, amount, currency, exponent, created_at, started_at };
}

function whole(value, fallback) {
	const number = Number(value);
	return value !== null && value !== undefined && Number.isFinite(number) ? Math.trunc(number) : fallback;
}
