/** The server's HTTP interface. Every failure becomes an ApiError that can be shown. */

const TIMEOUT_MS = 30_000;

export class ApiError extends Error {
	/**
	 * @param {string} message
	 * @param {{status?: number, problems?: object[]}} [more]  status 0: no answer at all
	 */
	constructor(message, { status = 0, problems = [] } = {}) {
		super(message);
		this.status = status;
		this.problems = problems;
	}

	/** Nobody answered, or not sensibly: worth trying again by itself. */
	get isUnreachable() {
		return this.status === 0 || this.status >= 502;
	}
}

async function call(path, options = {}) {
	let response;
	try {
		response = await fetch(path, { ...options, signal: AbortSignal.timeout(TIMEOUT_MS) });
	} catch {
		throw new ApiError("The server cannot be reached.");
	}
	let body = null;
	try {
		body = await response.json();
	} catch {
		throw new ApiError(`The server gave an answer that cannot be read (HTTP ${response.status}).`, {
			status: response.ok ? 0 : response.status,
		});
	}
	if (!response.ok) {
		throw new ApiError(body?.error?.message || `The server refused this (HTTP ${response.status}).`, {
			status: response.status,
			problems: body?.error?.problems || [],
		});
	}
	return body;
}

function post(path, body = {}) {
	return call(path, {
		method: "POST",
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify(body),
	});
}

const part = encodeURIComponent;

export const api = {
	company: () => call("/api/company"),
	transactions: async () => (await call("/api/transactions")).transactions,
	transaction: (name) => call(`/api/transactions/${part(name)}`),
	invoices: async (name) => (await call(`/api/transactions/${part(name)}/invoices`)).invoices,
	vouchers: async (name) => (await call(`/api/transactions/${part(name)}/vouchers`)).vouchers,
	orders: async () => (await call("/api/orders")).orders,
	checkInvoices: (body) => post("/api/orders/check", body),
	createInvoices: (body) => post("/api/orders/invoice", body),
	history: ({ days }) => call(`/api/history?days=${days}`),
	reconcile: (body) => post("/api/reconcile", body),
	runs: ({ limit = 50, offset = 0 } = {}) => call(`/api/runs?limit=${limit}&offset=${offset}`),
	run: (jobId) => call(`/api/runs/${part(jobId)}`),
	items: (jobId, { status, offset = 0, limit = 50 } = {}) => {
		const query = new URLSearchParams({ offset, limit, ...(status ? { status } : {}) });
		return call(`/api/runs/${part(jobId)}/items?${query}`);
	},
	cancel: (jobId) => post(`/api/runs/${part(jobId)}/cancel`),
	retry: (jobId) => post(`/api/runs/${part(jobId)}/retry`),
};

/**
 * A key by which the server recognises the same request. randomUUID is missing on plain
 * http inside a company network; random bytes are not.
 */
export function newKey() {
	if (crypto.randomUUID) {
		return crypto.randomUUID();
	}
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	bytes[6] = (bytes[6] & 0x0f) | 0x40;
	bytes[8] = (bytes[8] & 0x3f) | 0x80;
	const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
	return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
