/** The address of a page is in the hash, so that a reload returns to the same place. */

/**
 * @param {string} hash
 * @returns {{page: "transactions"|"transaction"|"orders"|"history"|"runs"|"run", name?: string}}
 */
export function parseHash(hash) {
	const [page, name] = hash.replace(/^#\/?/, "").split("/").map(decode);
	if (page === "runs") {
		return name ? { page: "run", name } : { page: "runs" };
	}
	if (page === "orders" || page === "history") {
		return { page };
	}
	return page === "transactions" && name ? { page: "transaction", name } : { page: "transactions" };
}

/** @param {string} name */
export function transactionHref(name) {
	return `#/transactions/${encodeURIComponent(name)}`;
}

/** @param {string} jobId */
export function runHref(jobId) {
	return `#/runs/${encodeURIComponent(jobId)}`;
}

function decode(part) {
	try {
		return decodeURIComponent(part);
	} catch {
		return part;
	}
}
