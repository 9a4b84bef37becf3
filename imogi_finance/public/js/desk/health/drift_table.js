/** What the daily check found when it last found something: documents that did not say what their rows say. */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { problemDocument } from "../states.js";
import { count, t, timeText } from "../voice.js";

const SHOWN = 20;

/** @param {object} health */
export function driftTable({ operations: { check } }) {
	const { documents = [], error_log: log } = check.found;
	return html`<p class="text-muted">
			${t("On {0} these documents did not say what their rows say. They do now.", [timeText(check.found_at)])}
			${log ? html`<a href=${frappe.utils.get_form_link("Error Log", log)}>${t("Error Log")}</a>` : nothing}
		</p>
		<div class="imogi-health__scroller">
			<table class="table imogi-health__drift">
				<thead>
					<tr><th scope="col">${t("Document")}</th><th scope="col">${t("Said")}</th><th scope="col">${t("Says now")}</th></tr>
				</thead>
				<tbody>
					${documents.slice(0, SHOWN).map(
						({ document, found, mended }) => html`<tr data-testid="drift">
							<td>${problemDocument(document)}</td>
							<td>${t(found)}</td>
							<td>${t(mended)}</td>
						</tr>`,
					)}
				</tbody>
			</table>
		</div>
		${check.found_number > SHOWN ? html`<p class="text-muted">${t("and {0} more, in the Error Log", [count(check.found_number - SHOWN)])}</p>` : nothing}`;
}
