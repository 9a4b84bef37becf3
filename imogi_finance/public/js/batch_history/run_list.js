/** The latest runs, live ones among them. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { outcomeText, spanText } from "./wording.js";

const TONES = {
	Processing: "accent",
	Undoing: "warn",
	Completed: "good",
	"Completed with Errors": "warn",
	Failed: "bad",
	"Needs Attention": "bad",
};

/** @param {object[]} runs  as run_json gives them @param {import("./view.js").World} world */
export function runList(runs, world) {
	const { t } = world;
	if (runs.length === 0) {
		return html`<p class="imogi-history__nothing">${t("No runs in this period")}</p>`;
	}
	return html`<ul class="imogi-history__runs">
		${repeat(
			runs,
			(run) => run.job_id,
			(run) => line(run, world),
		)}
	</ul>`;
}

function line(run, world) {
	const { t, format, linkTo } = world;
	const href = linkTo("Batch Run", run.job_id);
	return html`<li data-testid="history-run" data-job=${run.job_id}>
		<div class="imogi-history__run-name">
			${href ? html`<a href=${href}>${run.job_id}</a>` : html`<b>${run.job_id}</b>`}
			<span class="imogi-history__note">${run.title}</span>
		</div>
		<div class="imogi-history__run-state"><span class="imogi-history__pill ${TONES[run.status] ?? ""}">${t(run.status)}</span></div>
		<div class="imogi-history__run-items">
			<span>${outcomeText(run, world)}</span>
			${run.items_total ? bar(run) : nothing}
		</div>
		<div class="imogi-history__run-time">${run.started_at ? spanText(run.elapsed_seconds, world) : "–"}</div>
		<div class="imogi-history__note">${run.requested_by}<br />${format.time(run.created_at)}</div>
	</li>`;
}

function bar({ succeeded, failed, items_total: total }) {
	const share = (number) => `width:${(100 * number) / total}%`;
	return html`<span class="imogi-history__share" aria-hidden="true">
		<i class="good" style=${share(succeeded)}></i><i class="bad" style=${share(failed)}></i>
	</span>`;
}
