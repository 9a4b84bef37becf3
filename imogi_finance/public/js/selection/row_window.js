/** Which rows of a long list are drawn, and how the keyboard moves in it. Pure. */

const OVERSCAN = 10;

/**
 * @param {{scrollTop: number, viewHeight: number, rowHeight: number, count: number}} of
 * @returns {{first: number, last: number, before: number, height: number}}  last is exclusive
 */
export function windowOf({ scrollTop, viewHeight, rowHeight, count }) {
	const height = count * rowHeight;
	const top = Math.max(0, Math.min(scrollTop, Math.max(0, height - viewHeight)));
	const first = Math.max(0, Math.floor(top / rowHeight) - OVERSCAN);
	const last = Math.min(count, Math.ceil((top + viewHeight) / rowHeight) + OVERSCAN);
	return { first, last, before: first * rowHeight, height };
}

/**
 * Where to scroll so that a row is in sight; the present position when it already is.
 *
 * @param {{index: number, scrollTop: number, viewHeight: number, rowHeight: number}} of
 */
export function scrollTo({ index, scrollTop, viewHeight, rowHeight }) {
	const top = index * rowHeight;
	if (top < scrollTop) {
		return top;
	}
	if (top + rowHeight > scrollTop + viewHeight) {
		return top + rowHeight - viewHeight;
	}
	return scrollTop;
}

/**
 * @param {string} key  as in KeyboardEvent
 * @param {{index: number, count: number, page: number}} at
 * @returns {number|null}  the row to go to; null when the key does not move
 */
export function moveBy(key, { index, count, page }) {
	const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
	if (!(key in moves) || count === 0) {
		return null;
	}
	return Math.max(0, Math.min(count - 1, index + moves[key]));
}

/**
 * The rows from one to another, whichever comes first.
 *
 * @param {object[]} rows
 */
export function rangeOf(rows, from, to) {
	return rows.slice(Math.min(from, to), Math.max(from, to) + 1);
}
