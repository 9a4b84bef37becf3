/** How the invoicing runs of the last weeks have fared. */

import { openBatchHistory } from "/assets/imogi_finance/js/batch_history.js";
import { html } from "/assets/imogi_finance/js/vendor/lit-html/lit-html.js";
import { api } from "../api.js";
import { runHref } from "../router.js";
import { dateText, timeText } from "../text.js";

/** @returns {object} a view */
export function createHistoryView() {
	const host = document.createElement("div");
	let handle = null;

	return {
		title: "History",
		start() {
			handle = openBatchHistory({
				container: host,
				load: api.history,
				format: { date: dateText, time: timeText },
				linkTo: (doctype, name) => (doctype === "Batch Run" ? runHref(name) : null),
				emptyHint: "Select sales orders and create their invoices. Then you see here how the runs fare.",
			});
		},
		stop: () => handle?.close(),
		template: () => html`<h1 tabindex="-1">Batch invoicing</h1>
			${host}`,
	};
}
