/**
 * The engine's own sentences in the user's language. The engine knows no languages and
 * speaks English; here its sentences are recognised by their pattern and said again
 * through the translation. One that is not known is shown as it is.
 */

import { plainMoney } from "../selection/money.js";
import { INVOICING } from "./kinds.js";
import { SENTENCES } from "./sentence_list.js";
import { count, moneyText, t } from "./voice.js";

const DOCUMENT =
	/^(Purchase Invoice|Sales Invoice|Sales Order|Payment Entry|Bank Transaction|Supplier|Customer|Account|Company|Item) ([^:]+): (.+)$/s;

const AMOUNT = /\b([A-Z]{3}) (-?\d{1,3}(?:,\d{3})*(?:\.\d+)?)(?!\d|[.,]\d)/g; // IDR 1,234.50

const patterns = new Map();

/** @param {string|null|undefined} text @returns {string|null|undefined} */
export function inUserLanguage(text) {
	if (!text) {
		return text;
	}
	const amounts = text.replace(AMOUNT, (_, currency, amount) => amountText(currency, amount));
	return (frappe.boot.lang || "en").startsWith("en") ? amounts : translated(amounts);
}

function translated(text) {
	const whole = sentence(text);
	if (whole) {
		return whole;
	}
	const about = DOCUMENT.exec(text);
	if (about) {
		return `${t(about[1])} ${about[2]}: ${translated(about[3])}`;
	}
	// What is wrong and what to do about it come as two sentences.
	return text
		.split(/(?<=\.) (?=[A-Z])/)
		.map((part) => sentence(part) ?? part)
		.join(" ");
}

function sentence(text) {
	for (const known of SENTENCES) {
		const words = patternOf(known).exec(text);
		if (words) {
			// A reason quoted within a sentence is a sentence itself.
			return t(known, words.slice(1).map(translated));
		}
	}
	return null;
}

/** The engine writes amounts one way; people read them in their own number format. */
function amountText(currency, amount) {
	const exponent = amount.split(".")[1]?.length ?? 0;
	return moneyText(plainMoney.parse(amount, exponent).value, currency, exponent);
}

/** A run, or an event about one, with its sentences translated. */
export function runInUserLanguage(run) {
	if (!run) {
		return run;
	}
	const said = { ...run, message: inUserLanguage(run.message) };
	if (run.title) {
		said.title =
			run.kind === INVOICING
				? t("Invoice {0} orders of {1}", [count(run.items_total), run.company])
				: t("Reconcile {0} documents with {1}", [count(run.items_total), run.bank_transaction]);
	}
	if (run.error) {
		said.error = inUserLanguage(run.error);
	}
	if (run.failed_items) {
		said.failed_items = run.failed_items.map((item) => ({ ...item, error: inUserLanguage(item.error) }));
	}
	return said;
}

/** @param {{document: string, rule: string, message: string, remedy: string}} problem */
export function problemInUserLanguage(problem) {
	return { ...problem, message: inUserLanguage(problem.message), remedy: inUserLanguage(problem.remedy) };
}

/** `Paying invoices: {0} of {1} done.` as a pattern whose groups are the arguments. */
function patternOf(sentence) {
	if (!patterns.has(sentence)) {
		const escaped = sentence.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{\d+\}/g, "(.+?)");
		patterns.set(sentence, new RegExp(`^${escaped}$`, "s"));
	}
	return patterns.get(sentence);
}
