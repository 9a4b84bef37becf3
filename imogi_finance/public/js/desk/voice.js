/** How the Desk says things: the user's language, number format and dates. */

import { createMoney } from "../selection/money.js";

/** @param {string} text @param {any[]} [args] */
export function t(text, args) {
	return __(text, args);
}

/**
 * Amounts in the user's number format.
 *
 * @param {string} currency
 * @returns {ReturnType<typeof createMoney>}
 */
export function moneyIn(currency) {
	const format = get_number_format(currency);
	const style = frappe.number_format_info[format] ?? { decimal_str: ".", group_sep: "," };
	return createMoney({ point: style.decimal_str, separator: style.group_sep, lakhs: format === "#,##,###.##", translate: t });
}

/** An amount in minor units with the currency's symbol, on the side the currency has it. */
export function moneyText(minor, currency, exponent = 2) {
	const amount = moneyIn(currency).format(minor, exponent);
	const symbol = currency ? get_currency_symbol(currency) : null;
	if (!symbol) {
		return amount;
	}
	const onRight = frappe.model.get_value(":Currency", currency, "symbol_on_right");
	return onRight ? `${amount} ${__(symbol)}` : `${__(symbol)} ${amount}`;
}

/** @param {number} number @param {number} [decimals] */
export function count(number, decimals = 0) {
	return format_number(number, null, decimals);
}

/** @param {string} iso `YYYY-MM-DD` */
export function dateText(iso) {
	return iso ? frappe.datetime.str_to_user(iso) : "";
}

/** @param {string|null} iso with time and offset; told in the user's own time zone */
export function timeText(iso) {
	const zone = frappe.boot.time_zone?.user || frappe.boot.time_zone?.system;
	const time = iso ? moment(iso) : null;
	if (!time?.isValid()) {
		return "";
	}
	return (zone ? time.tz(zone) : time).format(`${frappe.datetime.get_user_date_fmt().toUpperCase()} HH:mm`);
}

/** What the progress component writes numbers, money and times with. */
export const progressFormat = { number: count, money: moneyText, time: timeText };
