/** Items as CSV for a spreadsheet, and as text for a message to a colleague. Pure. */

/**
 * @param {Array<Array<string|number|null|undefined>>} rows
 * @returns {string}  RFC 4180, with a byte order mark so that spreadsheets read UTF-8
 */
export function toCsv(rows) {
	return `\uFEFF${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

/**
 * @param {object[]} items
 * @param {(item: object) => string} amountOf
 * @returns {string}
 */
export function toText(items, amountOf) {
	return items
		.map((item) => `${item.doctype} ${item.name}\t${amountOf(item)}\t${item.status}\t${item.error || ""}`)
		.join("\n");
}

/**
 * An amount in minor units as a plain decimal: `123456` with exponent 2 is `1234.56`.
 *
 * @param {number} minor
 * @param {number} exponent
 */
export function plainAmount(minor, exponent) {
	if (minor === null || minor === undefined) {
		return "";
	}
	const digits = String(Math.abs(minor)).padStart(exponent + 1, "0");
	const units = digits.slice(0, digits.length - exponent);
	return `${minor < 0 ? "-" : ""}${units}${exponent ? `.${digits.slice(-exponent)}` : ""}`;
}

function cell(value) {
	let text = value === null || value === undefined ? "" : String(value);
	// A reason may quote a supplier's text; a spreadsheet must not run it as a formula.
	if (/^[=+@\t\r]/.test(text) || (/^-/.test(text) && !/^-\d+(\.\d+)?$/.test(text))) {
		text = `'${text}`;
	}
	return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
