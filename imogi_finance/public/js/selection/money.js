/**
 * Money as whole minor units (cents). Exact: digits are moved as text, nothing is ever
 * divided or multiplied by a fraction. Pure.
 */

import { plainTranslate } from "../batch_progress/format.js";

const THOUSANDS = /\B(?=(\d{3})+$)/g;
const LAKHS = /\B(?=(\d{2})*\d{3}$)/g; // the last three digits, then pairs

/**
 * How amounts are written and read: in the sandbox always the same way, in the Desk as
 * the site's number format says.
 *
 * @param {object} [style]
 * @param {string} [style.point]      between units and decimals; "" where the style shows none
 * @param {string} [style.separator]  between groups of digits; "" for none
 * @param {boolean} [style.lakhs]     groups of two above the thousands, as in India
 * @param {(text: string, args?: any[]) => string} [style.translate]
 * @returns {{format(minor: number, exponent?: number): string, parse(text: string, exponent?: number): {value: number|null, error: string|null}}}
 */
export function createMoney({ point = ".", separator = ",", lakhs = false, translate = plainTranslate } = {}) {
	// Where the style knows no decimals but the currency has some, they must be told from the groups.
	const mark = point || (separator === "." ? "," : ".");
	const groupOf = escaped(separator);
	const units = separator ? `\\d+|\\d{1,3}(?:${groupOf}\\d{${lakhs ? "2,3" : "3"}})+` : "\\d+";
	const written = new RegExp(`^(-?)(${units})(?:${escaped(mark)}(\\d*))?$`);
	const fraction = new RegExp(`^(-?)()${escaped(mark)}(\\d+)$`);
	const spaces = /[\s\u00a0\u202f']/g;
	const hasSpaces = /[\s']/.test(separator);

	/** `123456789` with exponent 2 is `1,234,567.89`. */
	function format(minor, exponent = 2) {
		checkExact(minor);
		const digits = String(Math.abs(minor)).padStart(exponent + 1, "0");
		const whole = digits.slice(0, digits.length - exponent).replace(lakhs ? LAKHS : THOUSANDS, separator);
		const cents = digits.slice(digits.length - exponent);
		const shown = exponent && (point || /[1-9]/.test(cents)) ? mark + cents : "";
		return `${minor < 0 ? "-" : ""}${whole}${shown}`;
	}

	/** Reads what a person typed: `1,250.5`, `1250`, ` 1 250.50 `; both null when there is nothing. */
	function parse(text, exponent = 2) {
		// Spaces and apostrophes never stand for a point, so they may group digits anywhere.
		const packed = String(text ?? "").replace(spaces, "");
		const compact = hasSpaces && separator.trim() ? packed.replaceAll(separator.trim(), "") : packed;
		if (compact === "") {
			return { value: null, error: null };
		}
		const match = (hasSpaces ? bare(mark) : written).exec(compact) || fraction.exec(compact);
		if (!match) {
			return { value: null, error: translate("Write an amount such as {0}", [format(1250 * 10 ** exponent, exponent)]) };
		}
		const [, sign, whole, cents = ""] = match;
		if (cents.replace(/0+$/, "").length > exponent) {
			const error = exponent === 0 ? translate("This currency has no decimals") : translate("At most {0} decimals", [exponent]);
			return { value: null, error };
		}
		const digits = whole.replace(/\D/g, "") + cents.slice(0, exponent).padEnd(exponent, "0");
		const value = Number(digits || "0");
		if (!Number.isSafeInteger(value)) {
			return { value: null, error: translate("The amount is too large") };
		}
		return { value: sign && value !== 0 ? -value : value, error: null };
	}

	return { format, parse };
}

function bare(mark) {
	return new RegExp(`^(-?)(\\d+)(?:${escaped(mark)}(\\d*))?$`);
}

function escaped(text) {
	return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** The sandbox's way of writing amounts. */
export const plainMoney = createMoney();
export const formatMoney = plainMoney.format;
export const parseMoney = plainMoney.parse;

/** Like formatMoney, with the currency in front. */
export function formatMoneyOf(minor, currency, exponent = 2) {
	return `${currency} ${formatMoney(minor, exponent)}`;
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
