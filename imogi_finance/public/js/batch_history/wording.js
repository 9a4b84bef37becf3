/** Numbers and spans of time as the history says them. Pure. */

import { duration } from "../batch_progress/wording.js";

/** @typedef {{t: (text: string, args?: any[]) => string, format: object}} Voice */

/**
 * @param {number|null} rate  0 to 1
 * @param {Voice} voice
 * @returns {string}  never rounded up: 100 % is for when nothing failed
 */
export function rateText(rate, { format }) {
	if (rate === null || rate === undefined) {
		return "–";
	}
	const tenths = Math.floor(rate * 1000);
	return `${tenths % 10 ? format.number(tenths / 10, 1) : format.number(tenths / 10)}\u202f%`;
}

/** @param {number|null} seconds @param {Voice} voice */
export function spanText(seconds, { t, format }) {
	if (seconds === null || seconds === undefined) {
		return "–";
	}
	if (seconds < 1) {
		return t("{0} ms", [format.number(Math.round(seconds * 1000))]);
	}
	return seconds < 10 ? t("{0} s", [format.number(seconds, 1)]) : duration(seconds, { t, format });
}

/** @param {{succeeded: number, failed: number}} of @param {Voice} voice */
export function outcomeText({ succeeded, failed }, { t, format }) {
	const done = t("{0} done", [format.number(succeeded)]);
	return failed ? `${done}, ${t("{0} failed", [format.number(failed)])}` : done;
}

/** @param {number} runs @param {Voice} voice */
export function runsText(runs, { t, format }) {
	return runs === 1 ? t("1 run") : t("{0} runs", [format.number(runs)]);
}
