/**
 * A selection not yet submitted survives a reload of the tab. Only in this tab: two
 * people, or two windows, must not find each other's ticks.
 */

const PREFIX = "imogi-finance/selection/";

/** @param {string} transaction @param {import("./selection.js").Selection} selection */
export function saveDraft(transaction, selection) {
	try {
		if (selection.size === 0) {
			sessionStorage.removeItem(PREFIX + transaction);
		} else {
			const entries = [...selection.entries].map(([key, { amount }]) => (amount === null ? key : [key, amount]));
			sessionStorage.setItem(PREFIX + transaction, JSON.stringify(entries));
		}
	} catch {
		// No storage, no draft; the selection itself is not touched.
	}
}

/** @param {string} transaction @param {import("./selection.js").Selection} selection */
export function loadDraft(transaction, selection) {
	try {
		for (const entry of JSON.parse(sessionStorage.getItem(PREFIX + transaction) || "[]")) {
			const [key, amount] = Array.isArray(entry) ? entry : [entry, null];
			selection.entries.set(key, { amount, error: null });
		}
	} catch {
		selection.clear();
	}
}
