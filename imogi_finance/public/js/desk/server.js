/**
 * Calls of the app's whitelisted functions. Unlike frappe.call a failure is not a message
 * on the screen but an error to deal with: a poll that fails must not open a dialog each
 * two seconds, and what was refused belongs where it was asked.
 */

import { inUserLanguage } from "./sentences.js";
import { t } from "./voice.js";

const READ_TIMEOUT_MS = 30_000;
const CHANGE_TIMEOUT_MS = 240_000; // a small reconciliation is worked within the request

export class ServerError extends Error {
	/**
	 * @param {string} message
	 * @param {{status?: number, problems?: object[]}} [more]  status 0: no answer at all
	 */
	constructor(message, { status = 0, problems = [] } = {}) {
		super(message);
		this.status = status;
		this.problems = problems;
	}

	/** Nobody answered, or not sensibly: the same request may be sent again. */
	get isUnreachable() {
		return this.status === 0 || this.status >= 502;
	}
}

/**
 * @param {string} method  dotted path
 * @param {object} [args]  undefined values are left out
 * @returns {Promise<any>}  what the function returned
 */
export function read(method, args = {}) {
	const query = new URLSearchParams();
	for (const [name, value] of Object.entries(args)) {
		if (value !== undefined && value !== null) {
			query.set(name, typeof value === "object" ? JSON.stringify(value) : value);
		}
	}
	return call(`/api/method/${method}?${query}`, {}, READ_TIMEOUT_MS);
}

/** Like read, for functions that change something. */
export function change(method, args = {}) {
	return call(
		`/api/method/${method}`,
		{
			method: "POST",
			headers: { "Content-Type": "application/json", "X-Frappe-CSRF-Token": frappe.csrf_token },
			body: JSON.stringify(args),
		},
		CHANGE_TIMEOUT_MS,
	);
}

async function call(path, options, timeout) {
	const headers = { Accept: "application/json", "X-Requested-With": "XMLHttpRequest", ...options.headers };
	const abort = new AbortController();
	const timer = setTimeout(() => abort.abort(), timeout);
	let response;
	let body = null;
	try {
		response = await fetch(path, { ...options, headers, signal: abort.signal });
		body = await response.json();
	} catch {
		const status = response && !response.ok ? response.status : 0;
		throw new ServerError(t("The server cannot be reached."), { status });
	} finally {
		clearTimeout(timer);
	}
	if (!response.ok) {
		throw new ServerError(messageOf(body, response.status), {
			status: response.status,
			problems: body?.error?.problems ?? [],
		});
	}
	return body.message;
}

/** The app's own errors say it in `error`, Frappe's in a list of messages with markup. */
function messageOf(body, status) {
	if (body?.error?.message) {
		return inUserLanguage(body.error.message);
	}
	const said = JSON.parse(body?._server_messages ?? "[]")
		.map((text) => new DOMParser().parseFromString(JSON.parse(text).message, "text/html").body.textContent)
		.join(" ");
	if (said) {
		return said;
	}
	return status >= 500
		? t("Something went wrong in the server (HTTP {0}). Nothing was changed; the error log says more.", [status])
		: t("The server refused this (HTTP {0}).", [status]);
}
