/** What the history says, ready to be drawn. Pure. */

/**
 * @typedef {object} Day
 * @property {string} day  ISO date
 * @property {number} runs
 * @property {number} succeeded
 * @property {number} failed
 */

const LEAST_TOP = 10; // documents of a full column: a single one does not look like a flood

/**
 * Every day of the period, those without a run too.
 *
 * @param {Day[]} days  in any order, with gaps
 * @param {number} length  of the period, in days
 * @param {string} today  ISO date
 * @returns {Day[]}  `length` of them, the oldest first
 */
export function everyDay(days, length, today) {
	const known = new Map(days.map((day) => [day.day, day]));
	const last = days.reduce((latest, { day }) => (day > latest ? day : latest), today);
	return Array.from({ length }, (_, index) => {
		const day = dayBefore(last, length - 1 - index);
		return known.get(day) ?? { day, runs: 0, succeeded: 0, failed: 0 };
	});
}

/** @param {string} iso @param {number} days @returns {string} */
export function dayBefore(iso, days) {
	const [year, month, day] = iso.split("-").map(Number);
	return new Date(Date.UTC(year, month - 1, day - days)).toISOString().slice(0, 10);
}

/** @param {Day[]} days @returns {{runs: number, succeeded: number, failed: number}} */
export function sumOf(days) {
	return days.reduce(
		(sum, { runs, succeeded, failed }) => ({ runs: sum.runs + runs, succeeded: sum.succeeded + succeeded, failed: sum.failed + failed }),
		{ runs: 0, succeeded: 0, failed: 0 },
	);
}

/**
 * The top of the scale: a number that people read at a glance, at least the highest column.
 *
 * @param {Day[]} days
 * @returns {number}
 */
export function topOf(days) {
	const most = Math.max(LEAST_TOP, ...days.map(({ succeeded, failed }) => succeeded + failed));
	const power = 10 ** Math.floor(Math.log10(most));
	return [1, 2, 4, 6, 8, 10].map((factor) => factor * power).find((top) => top >= most);
}

/** @param {string} iso  a date, or a time with offset @returns {string} the local date */
export function localDay(iso) {
	const date = iso ? new Date(iso) : new Date();
	const two = (number) => String(number).padStart(2, "0");
	return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Whether there is anything to tell. @param {object} history @param {Day[]} days */
export function isEmpty(history, days) {
	return history.runs.length === 0 && sumOf(days).runs === 0 && history.queue.pending + history.queue.processing === 0;
}

/**
 * What an example adds to the reason that it is one of: only its document, where it says the same.
 *
 * @param {string} reason  with … for what differs from one document to the next
 * @param {string|null} example  `Sales Order SO-00012: It is closed.`
 */
export function exampleOf(reason, example) {
	return example?.endsWith(`: ${reason}`) ? example.slice(0, -reason.length - 2) : (example ?? "");
}
