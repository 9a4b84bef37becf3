/** The errors that came most often, with how many documents each has stopped, and one to look at. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { exampleOf } from "./model.js";

/** @param {object[]} errors  the most frequent first @param {import("./view.js").World} world */
export function errorList(errors, world) {
	const { t } = world;
	if (errors.length === 0) {
		return html`<p class="imogi-history__nothing">${t("Nothing has failed.")}</p>`;
	}
	const most = Math.max(...errors.map(({ count }) => count));
	return html`<ol class="imogi-history__errors">
		${errors.map((error) => line(error, most, world))}
	</ol>`;
}

function line({ reason, count, example, job_id: run }, most, { t, format, linkTo }) {
	const href = run ? linkTo("Batch Run", run) : null;
	const shown = exampleOf(reason, example);
	return html`<li data-testid="history-error">
		<span class="imogi-history__count">${format.number(count)}</span>
		<div class="imogi-history__reason">
			<span>${reason}</span>
			<span class="imogi-history__share" aria-hidden="true"><i style="width:${(100 * count) / most}%"></i></span>
			<span class="imogi-history__note">
				${shown ? t("for instance {0}", [shown]) : nothing}
				${href ? html`<a class="imogi-history__run-link" href=${href}>${run}</a>` : run}
			</span>
		</div>
	</li>`;
}
