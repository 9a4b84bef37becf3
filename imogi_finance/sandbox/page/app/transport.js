/** What the progress component needs: the HTTP calls, and events over one shared socket. */

import { io } from "../vendor/socket.io-client/socket.io.esm.min.js";
import { api } from "./api.js";

/** @returns {import("/assets/imogi_finance/js/batch_progress/feed.js").Transport} */
export function createTransport() {
	/** job id -> those who listen to it @type {Map<string, Set<object>>} */
	const listeners = new Map();
	const socket = io({ reconnectionDelay: 500, reconnectionDelayMax: 5000 });

	function each(callback) {
		for (const group of listeners.values()) {
			group.forEach(callback);
		}
	}

	function deliver(kind) {
		return (event) => listeners.get(event?.job_id)?.forEach((handlers) => handlers[kind]?.(event));
	}

	socket.on("connect", () => {
		// The server forgets its rooms when a connection ends.
		for (const jobId of listeners.keys()) {
			socket.emit("subscribe", { job_id: jobId });
		}
		each((handlers) => handlers.connection?.(true));
	});
	for (const name of ["disconnect", "connect_error"]) {
		socket.on(name, () => each((handlers) => handlers.connection?.(false)));
	}
	for (const kind of ["bulk_reconciliation", "batch_invoicing"]) {
		socket.on(`${kind}_progress`, deliver("progress"));
		socket.on(`${kind}_complete`, deliver("complete"));
	}

	function subscribe(jobId, handlers) {
		if (!listeners.has(jobId)) {
			listeners.set(jobId, new Set());
			if (socket.connected) {
				socket.emit("subscribe", { job_id: jobId });
			}
		}
		listeners.get(jobId).add(handlers);
		// Not at once: whoever subscribes has not kept the way to unsubscribe yet.
		queueMicrotask(() => listeners.get(jobId)?.has(handlers) && handlers.connection?.(socket.connected));
		return () => {
			const group = listeners.get(jobId);
			group?.delete(handlers);
			if (group?.size === 0) {
				listeners.delete(jobId);
				if (socket.connected) {
					socket.emit("unsubscribe", { job_id: jobId });
				}
			}
		};
	}

	return {
		status: api.run,
		items: api.items,
		cancel: api.cancel,
		retry: api.retry,
		subscribe,
	};
}
