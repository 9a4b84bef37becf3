/** The runs of the last days: a column a day, in it how they ended. A column opens the list of its runs. */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { count, dateText, t } from "../voice.js";

const LEAST_HEIGHT = 4; // runs of a full column: a single run does not look like a flood

/** From the foot of a column to its top. */
const ENDS = [
	["Completed", "good"],
	["Completed with Errors", "warn"],
	["Cancelled", "idle"],
	["Failed", "bad"],
	["Needs Attention", "worst"],
];

/** @param {{day: string, runs: Object<string, number>}[]} days */
export function daysChart(days) {
	const sums = days.map(({ runs }) => Object.values(runs).reduce((sum, number) => sum + number, 0));
	const most = Math.max(LEAST_HEIGHT, ...sums);
	return html`<div class="imogi-health__days">
		<div class="imogi-health__columns">${days.map((day, number) => column(day, sums[number], most))}</div>
		<div class="imogi-health__axis text-muted"><span>${dateText(days[0].day)}</span><span>${t("Today")}</span></div>
		<ul class="imogi-health__legend">
			${ENDS.map(([status, tone]) => {
				const sum = days.reduce((all, { runs }) => all + (runs[status] ?? 0), 0);
				return sum ? html`<li><i class=${tone}></i> ${t(status)} <b>${count(sum)}</b></li>` : nothing;
			})}
		</ul>
	</div>`;
}

function column({ day, runs }, sum, most) {
	const parts = ENDS.filter(([status]) => runs[status]);
	const said = parts.length ? parts.map(([status]) => `${t(status)} ${count(runs[status])}`).join(", ") : t("no run");
	const label = `${dateText(day)}: ${said}`;
	const between = encodeURIComponent(JSON.stringify(["between", [day, day]]));
	const drawn = html`<span style="height: ${(100 * sum) / most}%">
		${parts.map(([status, tone]) => html`<i class=${tone} style="flex-grow: ${runs[status]}"></i>`)}
	</span>`;
	return sum
		? html`<a class="imogi-health__column" href="/app/batch-run?ended_at=${between}" title=${label} aria-label=${label}>${drawn}</a>`
		: html`<span class="imogi-health__column" title=${label} role="img" aria-label=${label}></span>`;
}
