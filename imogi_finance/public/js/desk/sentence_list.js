/** The sentences of the engine and of the checks; the translation files have the same text. */

const untranslated = (...sentences) => sentences; // Frappe collects what stands in __() elsewhere

export const SENTENCES = untranslated(
	"Reconcile {0} documents with {1}",
	"Waiting for a worker to reconcile {0} documents with bank transaction {1}.",
	"Paying invoices: {0} of {1} done.",
	"Allocating {0} to bank transaction {1}.",
	"Cancelling: what was made so far is being taken back.",
	"Undoing {0} of {1}, because: {2}",
	"Undoing {0} of {1}, because it was cancelled.",
	"{0} documents for {1} are reconciled with bank transaction {2}.",
	"Everything was undone, because: {0}",
	"Cancelled. Everything was undone.",
	"{0} payments could not be undone. Look at each below, mend it, then retry.",
	"{0} succeeded, {1} failed.",
);
