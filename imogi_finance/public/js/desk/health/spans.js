/** Spans of time and small drawings that several parts of the page share. */

import { html } from "../../vendor/lit-html/lit-html.js";
import { count, t } from "../voice.js";

/** @param {number} seconds @returns {string} "12 s", "5 min", "3 h", "2 days" */
export function span(seconds) {
	const whole = Math.max(0, Math.round(seconds));
	if (whole < 120) {
		return t("{0} s", [count(whole)]);
	}
	if (whole < 7_200) {
		return t("{0} min", [count(Math.floor(whole / 60))]);
	}
	if (whole < 172_800) {
		return t("{0} h", [count(Math.floor(whole / 3_600))]);
	}
	return t("{0} days", [count(Math.floor(whole / 86_400))]);
}

/** @param {string} iso @param {string} now iso @returns {number} seconds between */
export function since(iso, now) {
	return (Date.parse(now) - Date.parse(iso)) / 1000;
}

/**
 * A bar that says how much of something there is.
 *
 * @param {{share: number, tone: string, label: string, text?: string}} options  share from 0 to 1
 */
export function bar({ share, tone, label, text = label }) {
	const percent = Math.round(100 * Math.min(1, Math.max(0, share)));
	return html`<div class="imogi-health__bar ${tone}" role="progressbar" aria-label=${label} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${percent} aria-valuetext=${text}>
		<div style="width: ${percent}%"></div>
	</div>`;
}

/** @param {"good"|"warn"|"bad"|"idle"} level  a shape of its own for who does not tell colours apart */
export function light(level) {
	const signs = { good: "✓", warn: "!", bad: "✕", idle: "–" };
	const words = { good: t("Fine"), warn: t("Worth a look"), bad: t("Wrong"), idle: t("Not known") };
	return html`<span class="imogi-health__light ${level}" role="img" aria-label=${words[level]}>${signs[level]}</span>`;
}
