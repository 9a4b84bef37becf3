/** The whole history: period, figures, days, errors, runs. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { daysChart } from "./days_chart.js";
import { errorList } from "./error_list.js";
import { figures } from "./figures.js";
import { everyDay, isEmpty, localDay } from "./model.js";
import { runList } from "./run_list.js";

const PERIODS = [7, 30, 90];

/**
 * @typedef {object} World
 * @property {(text: string, args?: any[]) => string} t
 * @property {object} format
 * @property {(doctype: string, name: string) => string|null} linkTo
 * @property {(day: string) => string|null} linkToDay
 * @property {string} emptyHint
 * @property {number} headingLevel
 */

/**
 * @param {{history: object|null, error: Error|null, days: number, asking: boolean}} state
 * @param {{choose(days: number): void, refresh(): void}} actions
 * @param {World} world
 */
export function historyView(state, actions, world) {
	const { history, error } = state;
	if (!history) {
		return error ? failure(error, actions, world) : skeleton(world);
	}
	const { t } = world;
	const days = everyDay(history.days, state.days, localDay());
	return html`
		<div class="imogi-history__bar">
			<div class="imogi-history__periods" role="group" aria-label=${t("Period")}>
				${PERIODS.map(
					(length) => html`<button type="button" aria-pressed=${length === state.days} data-testid="history-days-${length}" @click=${() => actions.choose(length)}>
						${t("{0} days", [length])}
					</button>`,
				)}
			</div>
			${error ? stale(error, actions, world) : nothing}
		</div>
		<div class="imogi-history__body ${error ? "is-stale" : ""}" aria-busy=${state.asking}>
			${isEmpty(history, days)
				? empty(world)
				: html`
						${figures(history, days, world)}
						${section("days", t("Documents a day"), daysChart(days, world), world)}
						${section("errors", t("Common errors"), errorList(history.errors, world), world)}
						${section("runs", t("Latest runs"), runList(history.runs, world), world)}
					`}
		</div>
	`;
}

function section(id, title, body, { headingLevel }) {
	return html`<section class="imogi-history__section" data-testid="history-${id}" aria-labelledby="imogi-history-${id}">
		<div class="imogi-history__title" role="heading" aria-level=${headingLevel} id="imogi-history-${id}">${title}</div>
		${body}
	</section>`;
}

function stale(error, { refresh }, { t }) {
	return html`<div class="imogi-history__stale" role="alert" data-testid="history-stale">
		<span>${error.message} ${t("What you see may be out of date; it is asked for again by itself.")}</span>
		<button type="button" class="imogi-history__button" @click=${refresh}>${t("Try again")}</button>
	</div>`;
}

function failure(error, { refresh }, { t }) {
	return html`<div class="imogi-history__state" role="alert" data-testid="history-failure">
		<p>${error.message}</p>
		<button type="button" class="imogi-history__button" @click=${refresh}>${t("Try again")}</button>
	</div>`;
}

function empty({ t, emptyHint }) {
	return html`<div class="imogi-history__state" data-testid="history-empty">
		<p><b>${t("No runs in this period")}</b></p>
		<p>${emptyHint}</p>
	</div>`;
}

function skeleton({ t }) {
	return html`<div class="imogi-history__body" role="status" aria-label=${t("Loading…")}>
		<div class="imogi-history__skeleton"></div>
		<div class="imogi-history__skeleton tall"></div>
		<div class="imogi-history__skeleton"></div>
	</div>`;
}
