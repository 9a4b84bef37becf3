/** A column a day, in it what was done and what failed; and the same as a table. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { topOf } from "./model.js";
import { outcomeText, runsText } from "./wording.js";

/** @param {import("./model.js").Day[]} days @param {import("./view.js").World} world */
export function daysChart(days, world) {
	const { t, format } = world;
	const top = topOf(days);
	return html`<figure class="imogi-history__chart">
		<div class="imogi-history__plot">
			<div class="imogi-history__scale" aria-hidden="true">
				${[top, top / 2, 0].map((number) => html`<span>${format.number(number)}</span>`)}
			</div>
			<div class="imogi-history__columns" aria-hidden="true">${days.map((day) => column(day, top, world))}</div>
		</div>
		<div class="imogi-history__axis" aria-hidden="true">
			<span>${format.date(days[0].day)}</span>
			<span>${format.date(days[Math.floor((days.length - 1) / 2)].day)}</span>
			<span>${format.date(days[days.length - 1].day)}</span>
		</div>
		<figcaption class="imogi-history__legend">
			<span><i class="good"></i> ${t("Succeeded")}</span>
			<span><i class="bad"></i> ${t("Failed")}</span>
			<details class="imogi-history__as-table">
				<summary>${t("As a table")}</summary>
				${table(days, world)}
			</details>
		</figcaption>
	</figure>`;
}

function column(day, top, world) {
	const sum = day.succeeded + day.failed;
	const drawn = html`<span class="imogi-history__column-fill" style="height:${(100 * sum) / top}%">
			${day.failed ? html`<i class="bad" style="flex-grow:${day.failed}"></i>` : nothing}
			${day.succeeded ? html`<i class="good" style="flex-grow:${day.succeeded}"></i>` : nothing}
		</span>
		<span class="imogi-history__tip">
			<b>${world.format.date(day.day)}</b>
			${day.runs ? html`<span>${outcomeText(day, world)}</span><span>${runsText(day.runs, world)}</span>` : html`<span>${world.t("no run")}</span>`}
		</span>`;
	const href = day.runs ? world.linkToDay(day.day) : null;
	return href
		? html`<a class="imogi-history__column" data-day=${day.day} href=${href} tabindex="-1">${drawn}</a>`
		: html`<span class="imogi-history__column" data-day=${day.day}>${drawn}</span>`;
}

/** For who cannot see the columns, or wants the numbers: only days with a run. */
function table(days, { t, format, linkToDay }) {
	const busy = days.filter(({ runs }) => runs).reverse();
	return html`<div class="imogi-history__scroller">
		<table class="imogi-history__table">
			<thead>
				<tr>
					<th scope="col">${t("Day")}</th>
					<th scope="col" class="number">${t("Runs")}</th>
					<th scope="col" class="number">${t("Succeeded")}</th>
					<th scope="col" class="number">${t("Failed")}</th>
				</tr>
			</thead>
			<tbody>
				${busy.map(({ day, runs, succeeded, failed }) => {
					const href = linkToDay(day);
					return html`<tr>
						<td>${href ? html`<a href=${href}>${format.date(day)}</a>` : format.date(day)}</td>
						<td class="number">${format.number(runs)}</td>
						<td class="number">${format.number(succeeded)}</td>
						<td class="number">${format.number(failed)}</td>
					</tr>`;
				})}
			</tbody>
		</table>
	</div>`;
}
