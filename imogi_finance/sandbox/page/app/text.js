/** Dates, durations and counts as this page writes them. Pure. */

// All of three letters, so that a column of dates is a column; Intl makes one of them “Sept”.
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const COUNT = new Intl.NumberFormat("en");
const two = (number) => String(number).padStart(2, "0");

/** @param {string} iso `YYYY-MM-DD` */
export function dateText(iso) {
	const match = /^(\d{4})-(\d{2})-(\d{2})/.exec(iso ?? "");
	return match && MONTHS[match[2] - 1] ? `${match[3]} ${MONTHS[match[2] - 1]} ${match[1]}` : (iso ?? "");
}

/** @param {string|null} iso with time and offset; told in the user's own time */
export function timeText(iso) {
	const date = new Date(iso ?? "");
	if (Number.isNaN(date.getTime())) {
		return "";
	}
	return `${date.getDate()} ${MONTHS[date.getMonth()]}, ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** @param {number} number */
export function countText(number) {
	return COUNT.format(number);
}

/** @param {number} number @param {string} one @param {string} [many] */
export function plural(number, one, many = `${one}s`) {
	return `${countText(number)} ${number === 1 ? one : many}`;
}

/** @param {number} seconds */
export function durationText(seconds) {
	const whole = Math.max(0, Math.floor(seconds));
	if (whole < 60) {
		return `${whole} s`;
	}
	if (whole < 3600) {
		return `${Math.floor(whole / 60)} min ${whole % 60} s`;
	}
	return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Today where the user is, as ISO date. */
export function todayIso(now = new Date()) {
	return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
