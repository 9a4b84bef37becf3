/**
 * What the progress component needs in the Desk: calls, and events over frappe.realtime.
 * Who asked is told how the run stands, in the user's room; the run's document room hears
 * only that it has moved, and whoever is in it asks.
 */

import { EVENT_PREFIXES } from "./kinds.js";
import { mayAct } from "./runs.js";
import { inUserLanguage, runInUserLanguage } from "./sentences.js";
import { change, read } from "./server.js";

const API = "imogi_finance.batch.api";
const CHANGED = "batch_run_changed";
const TOLD_ENOUGH_MS = 2_000;
const RECONNECT_MS = 8_000;

/** @type {import("../batch_progress/feed.js").Transport} */
export const transport = {
	status: async (jobId) => shown(await read(`${API}.status`, { job_id: jobId })),
	items: async (jobId, { status, offset, limit }) => {
		const page = await read(`${API}.items`, { job_id: jobId, status, offset, limit });
		return { ...page, items: page.items.map((item) => ({ ...item, error: reasonOf(item) })) };
	},
	cancel: async (jobId) => shown(await change(`${API}.cancel`, { job_id: jobId })),
	retry: async (jobId) => shown(await change(`${API}.retry`, { job_id: jobId })),
	subscribe,
};

/** The reason beside a document need not name it again. */
function reasonOf({ doctype, name, error }) {
	const named = `${doctype} ${name}: `;
	return inUserLanguage(error?.startsWith(named) ? error.slice(named.length) : error);
}

/** A run as people read it: their language, a name for who has asked, and only what they may do. */
function shown(run) {
	const may = mayAct(run.kind);
	return {
		...runInUserLanguage(run),
		requested_by: frappe.user_info(run.requested_by).fullname || run.requested_by,
		is_mine: run.requested_by === frappe.session.user,
		can_cancel: run.can_cancel && may,
		can_retry: run.can_retry && may,
	};
}

function subscribe(jobId, handlers) {
	const { realtime } = frappe;
	const socket = realtime.socket;
	if (!socket) {
		// The site has realtime switched off: polling alone.
		queueMicrotask(() => handlers.connection?.(false));
		return () => {};
	}
	let toldAt = -Infinity;
	const progress = (event) => {
		if (event?.job_id === jobId) {
			toldAt = Date.now();
			handlers.progress?.(runInUserLanguage(event));
		}
	};
	const complete = (event) => event?.job_id === jobId && handlers.complete?.(event);
	const listeners = {
		...Object.fromEntries(EVENT_PREFIXES.flatMap((kind) => [[`${kind}_progress`, progress], [`${kind}_complete`, complete]])),
		[CHANGED]: (event) => event?.job_id === jobId && Date.now() - toldAt > TOLD_ENOUGH_MS && handlers.changed?.(),
		connect: () => {
			// The server forgets its rooms when a connection ends.
			socket.emit("doc_subscribe", "Batch Run", jobId);
			handlers.connection?.(true);
		},
		disconnect: () => handlers.connection?.(false),
		connect_error: () => handlers.connection?.(false),
	};
	for (const [event, listener] of Object.entries(listeners)) {
		realtime.on(event, listener); // this also connects a socket that waits for its first use
	}
	let left = false;
	// Not at once: whoever subscribes has not kept the way to unsubscribe yet.
	queueMicrotask(() => !left && (socket.connected ? listeners.connect() : handlers.connection?.(false)));
	// Frappe's socket gives up after three attempts; a long run outlives a restart of the server.
	const reconnecting = setInterval(() => !socket.connected && socket.connect(), RECONNECT_MS);

	return () => {
		left = true;
		clearInterval(reconnecting);
		for (const [event, listener] of Object.entries(listeners)) {
			realtime.off(event, listener);
		}
		// An open form of this run listens in the same room.
		if (socket.connected && !realtime.open_docs.has(`Batch Run:${jobId}`)) {
			socket.emit("doc_unsubscribe", "Batch Run", jobId);
		}
	};
}
