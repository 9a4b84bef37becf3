/**
 * Money as whole minor units (cents). Exact: digits are moved as text, nothing is ever
 * divided or multiplied by a fraction. Pure.
 */

const grouping = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/**
 * `123456789` with exponent 2 is `1,234,567.89`.
 *
 * @param {number} minor
 * @param {number} [exponent]
 * @returns {string}
 */
export function formatMoney(minor, exponent = 2) {
	checkExact(minor);
	const digits = String(Math.abs(minor)).padStart(exponent + 1, "0");
	const units = grouping.format(BigInt(digits.slice(0, digits.length - exponent)));
	const cents = exponent ? `.${digits.slice(-exponent)}` : "";
	return `${minor < 0 ? "-" : ""}${units}${cents}`;
}

/** Like formatMoney, with the currency in front. */
export function formatMoneyOf(minor, currency, exponent = 2) {
	return `${currency} ${formatMoney(minor, exponent)}`;
}

/**
 * Reads what a person typed: `1,250.5`, `1250`, ` 1 250.50 `.
 *
 * @param {string} text
 * @param {number} [exponent]
 * @returns {{value: number|null, error: string|null}}  both null when there is nothing
 */
export function parseMoney(text, exponent = 2) {
	const compact = String(text ?? "").replace(/[\s\u00a0\u202f']/g, "");
	if (compact === "") {
		return { value: null, error: null };
	}
	const match = /^(-?)(\d+|\d{1,3}(?:,\d{3})+)(?:\.(\d*))?$/.exec(compact) || /^(-?)()\.(\d+)$/.exec(compact);
	if (!match) {
		return { value: null, error: "Write an amount such as 1,250.00" };
	}
	const [, sign, units, cents = ""] = match;
	if (cents.replace(/0+$/, "").length > exponent) {
		const error = exponent === 0 ? "This currency has no decimals" : `At most ${exponent} decimals`;
		return { value: null, error };
	}
	const digits = units.replaceAll(",", "") + cents.slice(0, exponent).padEnd(exponent, "0");
	const value = Number(digits || "0");
	if (!Number.isSafeInteger(value)) {
		return { value: null, error: "The amount is too large" };
	}
	return { value: sign && value !== 0 ? -value : value, error: null };
}

/**
 * Adds exactly, or refuses: a silently rounded total must not be paid.
 *
 * @param {number} a
 * @param {number} b
 */
export function add(a, b) {
	const sum = a + b;
	checkExact(sum);
	return sum;
}

function checkExact(minor) {
	if (!Number.isSafeInteger(minor)) {
		throw new RangeError(`Not an exact amount in minor units: ${minor}`);
	}
}
