/**
 * Default translation and formats. A host replaces them: ERPNext passes `__` and its
 * own number formats.
 */

/**
 * Fills `{0}`, `{1}`… the way Frappe's `__()` does.
 *
 * @param {string} text
 * @param {Array<string|number>} [args]
 * @returns {string}
 */
export function plainTranslate(text, args = []) {
	return text.replace(/\{(\d+)\}/g, (whole, index) => (index < args.length ? String(args[index]) : whole));
}

/**
 * @param {string} [locale]
 * @returns {{number(n: number, decimals?: number): string, money(minor: number, currency: string, exponent: number): string, time(iso: string): string}}
 */
export function createFormat(locale = "en") {
	const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
	const parts = new Intl.NumberFormat(locale).formatToParts(1.5);
	const point = parts.find((part) => part.type === "decimal")?.value ?? ".";
	const clock = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
	const calendar = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
	return {
		number(value, decimals = 0) {
			return value.toLocaleString(locale, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
		},
		money(minor, currency, exponent = 2) {
			// Digits are moved, never divided: an amount must not pass through a fraction.
			const digits = String(Math.abs(minor)).padStart(exponent + 1, "0");
			const units = whole.format(BigInt(digits.slice(0, digits.length - exponent)));
			const cents = exponent ? point + digits.slice(-exponent) : "";
			return `${currency ? `${currency} ` : ""}${minor < 0 ? "-" : ""}${units}${cents}`;
		},
		time(iso) {
			const date = new Date(iso);
			return Number.isNaN(date.getTime()) ? "" : clock.format(date);
		},
		date(iso) {
			const date = new Date(`${iso}T00:00:00Z`);
			return Number.isNaN(date.getTime()) ? "" : calendar.format(date);
		},
	};
}
