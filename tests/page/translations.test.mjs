import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { SENTENCES } from "../../imogi_finance/public/js/desk/sentence_list.js";

const ROOT = new URL("../../imogi_finance/", import.meta.url);
// What is said from a variable: statuses of runs, items and invoices.
const STATUSES = [
	"Pending",
	"Processing",
	"Undoing",
	"Completed",
	"Completed with Errors",
	"Failed",
	"Cancelled",
	"Needs Attention",
	"Undo Failed",
	"In a run",
	"Unpaid",
	"Overdue",
	"Partly Paid",
	"Return",
];

function csvRows(text) {
	return text
		.split(/\r?\n/)
		.filter(Boolean)
		.map((line) => [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((cell) => (cell[1] ?? cell[2] ?? "").replaceAll('""', '"')));
}

function* textsOf(folder) {
	for (const name of readdirSync(new URL(folder, ROOT))) {
		if (name.endsWith(".js")) {
			const source = readFileSync(new URL(folder + name, ROOT), "utf8");
			for (const [, text] of source.matchAll(/\b(?:t|translate|__)\(\s*"((?:[^"\\]|\\.)*)"/g)) {
				yield [text, name];
			}
			for (const [, one, other] of source.matchAll(/\bt\([^()]*\? "([^"]+)" : "([^"]+)"\)/g)) {
				yield [one, name];
				yield [other, name];
			}
		}
	}
}

const INDONESIAN = new Map(csvRows(readFileSync(new URL("translations/id.csv", ROOT), "utf8")));

test("every text of the selection, the dialog, the progress and the history has an Indonesian one", () => {
	const texts = [...textsOf("public/js/desk/"), ...textsOf("public/js/selection/"), ...textsOf("public/js/batch_progress/"), ...textsOf("public/js/batch_history/")];
	assert.ok(texts.length > 200);
	const missing = [...texts, ...SENTENCES.map((text) => [text, "sentence_list.js"]), ...STATUSES.map((text) => [text, "a status"])].filter(
		([text]) => !INDONESIAN.get(text),
	);
	assert.deepEqual(missing, []);
});

test("a translation takes the arguments of its text", () => {
	const placeholders = (text) => [...text.matchAll(/\{\d+\}/g)].map(([found]) => found).sort();
	for (const [text, translated] of INDONESIAN) {
		assert.deepEqual(placeholders(translated), placeholders(text), text);
	}
});

test("the engine's sentences are known by their pattern, whatever is in them", async () => {
	globalThis.frappe = { boot: { lang: "id" }, number_format_info: { "#.###,##": { decimal_str: ",", group_sep: "." } }, model: { get_value: () => null } };
	globalThis.get_number_format = () => "#.###,##";
	globalThis.get_currency_symbol = () => "Rp";
	globalThis.__ = (text, args = []) => (INDONESIAN.get(text) ?? text).replace(/\{(\d+)\}/g, (_, index) => args[index]);
	const { inUserLanguage } = await import("../../imogi_finance/public/js/desk/sentences.js");
	assert.equal(inUserLanguage("Paying invoices: 160 of 300 done."), "Membayar faktur: 160 dari 300 selesai.");
	assert.equal(
		inUserLanguage("Everything was undone, because: Purchase Invoice ACC-PINV-2026-00012: It was cancelled or removed meanwhile. Leave it out."),
		"Semua hasilnya dibatalkan, karena: Purchase Invoice ACC-PINV-2026-00012: Sementara itu sudah dibatalkan atau dihapus. Jangan sertakan.",
	);
	assert.equal(
		inUserLanguage("Allocating IDR 3,933,479,250.00 to bank transaction ACC-BTN-2026-00001."),
		"Mengalokasikan Rp 3.933.479.250,00 ke transaksi bank ACC-BTN-2026-00001.",
	);
	assert.equal(inUserLanguage("Something nobody has foreseen. Leave it out."), "Something nobody has foreseen. Jangan sertakan.");
	assert.equal(inUserLanguage(null), null);
	frappe.boot.lang = "en";
	assert.equal(inUserLanguage("Leave it out."), "Leave it out.");
	assert.equal(inUserLanguage("The selection is IDR 1,500.50, JPY 200 more than is unallocated."), "The selection is Rp 1.500,50, Rp 200 more than is unallocated.");
});
