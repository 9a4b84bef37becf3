/** The whole page: the verdict, the runs, the last days, and for who may know, the machinery. */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { failureState } from "../states.js";
import { t } from "../voice.js";
import { daysChart } from "./days_chart.js";
import { driftTable } from "./drift_table.js";
import { machineryTiles } from "./machinery_tiles.js";
import { liveRuns, needingRuns } from "./run_lists.js";
import { span } from "./spans.js";
import { verdict } from "./verdict.js";

/**
 * @param {{health: object|null, error: Error|null, elapsed: number, asking: boolean, busy: Set<string>, refused: object|null}} state
 *   `elapsed`: seconds since `health` was received
 * @param {{refresh(): void, cancel(run: object): void, retry(run: object): void}} actions
 */
export function healthView(state, actions) {
	const { health, error, elapsed } = state;
	if (!health) {
		return error ? failureState(error, actions.refresh) : skeleton();
	}
	const hasEnded = health.days.some((day) => Object.keys(day.runs).length);
	const hasRuns = health.live_total || health.needing_total || hasEnded;
	return html`
		${error
			? html`<div class="imogi-health__stale" role="alert">
					<span>${error.message} ${t("What you see is {0} old; it is asked for again by itself.", [span(elapsed)])}</span>
					<button type="button" class="btn btn-default btn-xs" @click=${actions.refresh}>${t("Try again")}</button>
				</div>`
			: nothing}
		<div class="imogi-health__body ${error ? "is-stale" : ""}">
			${verdict(health, elapsed)}
			${health.operations ? machineryTiles(health, elapsed) : nothing}
			${hasRuns ? nothing : noRuns()}
			${section("needing", t("Runs that need a person"), health.needing_total, needingRuns(state, actions))}
			${hasRuns ? section("live", t("Live runs"), health.live_total, liveRuns(state, actions)) : nothing}
			${hasEnded ? section("days", t("Runs that ended in the last {0} days", [health.days.length]), 1, daysChart(health.days)) : nothing}
			${health.operations?.check?.found_number ? section("drift", t("Mended by the daily check"), 1, driftTable(health)) : nothing}
		</div>
	`;
}

/** A section; one that is empty and says nothing of itself is left out. */
function section(id, title, number, body) {
	if (body === nothing) {
		return nothing;
	}
	return html`<section class="imogi-health__section" data-testid="health-${id}" aria-labelledby="imogi-health-${id}">
		<h3 id="imogi-health-${id}">${title} ${number > 1 ? html`<span class="imogi-health__number">${number}</span>` : nothing}</h3>
		${body}
	</section>`;
}

function noRuns() {
	return html`<div class="imogi-health__empty" data-testid="health-empty">
		<p><b>${t("No runs yet")}</b></p>
		<p class="text-muted">
			${t("A run begins with Pay Unpaid Invoices, on a bank transaction or in the Bank Reconciliation Tool. Then you see here how it fares.")}
		</p>
		<a class="btn btn-default btn-sm" href="/app/bank-transaction">${t("Bank Transaction")}</a>
	</div>`;
}

function skeleton() {
	return html`<div class="imogi-health__body" role="status" aria-label=${t("Loading…")}>
		<div class="imogi-health__skeleton tall"></div>
		<div class="imogi-health__skeleton"></div>
		<div class="imogi-health__skeleton"></div>
	</div>`;
}
