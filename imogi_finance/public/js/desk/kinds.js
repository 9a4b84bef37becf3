/** The kinds of runs, by the name that the server gives them. */

export const INVOICING = "Batch Invoicing";

/** What the names of the events of a kind begin with. */
export const EVENT_PREFIXES = ["bulk_reconciliation", "batch_invoicing"];
