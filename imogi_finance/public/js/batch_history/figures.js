/** The figures at the top: how much succeeded, how long it took, what waits. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { sumOf } from "./model.js";
import { outcomeText, rateText, runsText, spanText } from "./wording.js";

const MOST_DOTS = 12;

/** @param {object} history @param {import("./model.js").Day[]} days @param {import("./view.js").World} world */
export function figures(history, days, world) {
	const { t, format } = world;
	const sum = sumOf(days);
	const { success_rate: rate, average_run_seconds: aRun, average_item_seconds: anItem, queue } = history;
	return html`<dl class="imogi-history__figures" data-testid="history-figures">
		${figure({
			id: "rate",
			label: t("Success rate"),
			value: rateText(rate, world),
			note: outcomeText(sum, world),
			drawn: ring(rate),
		})}
		${figure({
			id: "run-time",
			label: t("Average time of a run"),
			value: spanText(aRun, world),
			note: runsText(sum.runs, world),
		})}
		${figure({
			id: "item-time",
			label: t("Average time of a document"),
			value: spanText(anItem, world),
			note: anItem ? pace(anItem, world) : "",
		})}
		${figure({
			id: "queue",
			label: t("Queue"),
			value: t("{0} waiting", [format.number(queue.pending)]),
			note: queueNote(queue, world),
			drawn: dots(queue, world),
		})}
	</dl>`;
}

function pace(seconds, { t, format }) {
	if (seconds > 2) {
		return t("{0} per minute", [format.number(60 / seconds, seconds > 6 ? 1 : 0)]);
	}
	return t("{0} per second", [format.number(1 / seconds, seconds > 0.1 ? 1 : 0)]);
}

function figure({ id, label, value, note, drawn = nothing }) {
	return html`<div class="imogi-history__figure" data-testid="history-${id}">
		<dt>${label}</dt>
		<dd>
			${drawn}
			<span class="imogi-history__words">
				<span class="imogi-history__value">${value}</span>
				<span class="imogi-history__note">${note}</span>
			</span>
		</dd>
	</div>`;
}

/** How much of what was worked on succeeded, and how much did not. */
function ring(rate) {
	if (rate === null || rate === undefined) {
		return nothing;
	}
	return html`<span class="imogi-history__ring" style="--share:${100 * rate}" aria-hidden="true"></span>`;
}

function queueNote({ processing, oldest_waiting_seconds: oldest }, world) {
	const { t, format } = world;
	const working = t("{0} being worked on", [format.number(processing)]);
	return oldest === null || oldest === undefined ? working : `${working} · ${t("the first has waited {0}", [spanText(oldest, world)])}`;
}

/** A dot a run: filled ones are worked on, hollow ones wait. */
function dots({ pending, processing }) {
	const all = pending + processing;
	if (!all || all > MOST_DOTS) {
		return nothing;
	}
	return html`<span class="imogi-history__dots" aria-hidden="true">
		${Array.from({ length: all }, (_, number) => html`<i class=${number < processing ? "busy" : ""}></i>`)}
	</span>`;
}
