/** What the runs need to go on: Redis, workers, the scheduler, the sweep and the daily check; a tile each. */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { count, t, timeText } from "../voice.js";
import { bar, light, since, span } from "./spans.js";

const MOST_WORKERS = 12;
const MOST_RINGS = 4;

/** @param {object} health @param {number} elapsed seconds since it was received */
export function machineryTiles(health, elapsed) {
	const { operations: known, at } = health;
	const said = new Set(health.findings.map((finding) => finding.code));
	return html`<div class="imogi-health__tiles" data-testid="health-machinery">
		${tile("Redis", known.redis_error ? "bad" : "good", known.redis_error ? t("Does not answer") : t("Answers"))}
		${known.queues.map((queue, number) => queueTile(queue, number === 0 ? known.rings : [], elapsed))}
		${tile(t("Scheduler"), known.scheduler_off || known.sweep_stopped ? "bad" : "good", known.scheduler_off ? t("Off") : known.sweep_stopped ? t("On, without the sweep") : t("On"))}
		${noteTile(t("Sweep"), known.sweep, said.has("sweep_late"), at, elapsed, sweepFound)}
		${noteTile(t("Daily check"), known.check, said.has("check_late"), at, elapsed, checkFound)}
	</div>`;
}

function tile(title, level, said, more = nothing) {
	return html`<div class="imogi-health__tile" data-level=${level}>
		<div class="imogi-health__tile-head">${light(level)} <span>${title}</span></div>
		<div class="imogi-health__tile-said">${said}</div>
		${more}
	</div>`;
}

function queueTile(queue, rings, elapsed) {
	const said = queue.workers === 1 ? t("1 worker") : t("{0} workers", [count(queue.workers)]);
	const waiting = waitingText(queue, elapsed);
	return tile(
		t("Queue {0}", [queue.name]),
		queue.workers ? "good" : "bad",
		html`${said} ${dots(queue)}`,
		html`<small class="text-muted">${waiting}</small>
			${rings.slice(0, MOST_RINGS).map(
				(ring) => html`<small><a href=${frappe.utils.get_form_link("Batch Run", ring.run)}>${ring.run}</a> ${span(ring.waits + elapsed)}</small>`,
			)}
			${rings.length > MOST_RINGS ? html`<small class="text-muted">${t("and {0} more", [count(rings.length - MOST_RINGS)])}</small>` : nothing}`,
	);
}

function waitingText({ waiting, oldest }, elapsed) {
	if (!waiting) {
		return t("No job waits");
	}
	const age = span(oldest + elapsed);
	return waiting === 1 ? t("1 job has waited {0}", [age]) : t("{0} jobs wait, the first for {1}", [count(waiting), age]);
}

/** A dot a worker; the filled ones are busy. */
function dots({ workers, busy }) {
	if (!workers || workers > MOST_WORKERS) {
		return workers ? t("({0} busy)", [count(busy)]) : nothing;
	}
	const text = t("{0} of {1} busy", [count(busy), count(workers)]);
	return html`<span class="imogi-health__dots" role="img" aria-label=${text} title=${text}>
		${Array.from({ length: workers }, (_, number) => html`<i class=${number < busy ? "busy" : ""}></i>`)}
	</span>`;
}

/** When a job was done last, and how much of the time until it is late has passed. */
function noteTile(title, note, late, at, elapsed, found) {
	if (!note?.noted_at) {
		return tile(title, late ? "bad" : "idle", t("Not done yet"));
	}
	const age = note.age + elapsed;
	return tile(
		title,
		late ? "bad" : age > note.late_after ? "warn" : "good", // late for a reason that is said elsewhere
		t("{0} ago", [span(age)]),
		html`${bar({ share: age / note.late_after, tone: late ? "bad" : "idle", label: t("Time until it is late"), text: t("late after {0}", [span(note.late_after)]) })}
			<small class="text-muted">${found(note, at, elapsed)}</small>`,
	);
}

function sweepFound(note, at, elapsed) {
	return note.found_at
		? t("Last rang for {0}, {1} ago", [note.found.runs.slice(0, 2).join(", "), span(since(note.found_at, at) + elapsed)])
		: t("Has never had to ring");
}

function checkFound(note) {
	if (note.number) {
		return note.number === 1 ? t("1 document mended") : t("{0} documents mended", [count(note.number)]);
	}
	return note.found_at ? t("Nothing differed; last did on {0}", [timeText(note.found_at)]) : t("Nothing differed");
}
