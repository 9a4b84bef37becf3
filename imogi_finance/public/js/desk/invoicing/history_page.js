/** The page Batch Invoicing: how the runs have fared, drawn by the component that the sandbox's page uses too. */

import { openBatchHistory } from "../../batch_history.js";
import { inUserLanguage, runInUserLanguage } from "../sentences.js";
import { read } from "../server.js";
import { dateText, progressFormat, t } from "../voice.js";

const METHOD = "imogi_finance.batch_invoicing.api.history";

/**
 * @param {object} options
 * @param {object} options.page  Frappe's page
 * @returns {{refresh(): Promise<void>}}
 */
export function openInvoicingHistory({ page }) {
	let company = "";
	const container = document.createElement("div");
	container.className = "imogi-history-page";
	page.main.append(container);
	const history = openBatchHistory({
		container,
		load,
		translate: t,
		format: { ...progressFormat, date: dateText },
		locale: (frappe.boot.lang || "en").replace("_", "-"),
		linkTo: (doctype, name) => frappe.utils.get_form_link(doctype, name),
		linkToDay,
		emptyHint: t("A run begins with Create Invoices in Batch, in the list of Sales Orders. Then you see here how it fares."),
		headingLevel: 3,
	});
	page.add_field({
		fieldname: "company",
		fieldtype: "Link",
		options: "Company",
		label: t("Company"),
		change() {
			const chosen = this.get_value() || "";
			if (chosen !== company) {
				company = chosen;
				history.refresh();
			}
		},
	});
	page.set_primary_action(t("Refresh"), () => history.refresh());
	page.add_inner_button(t("Sales Order"), () => frappe.set_route("List", "Sales Order"));

	async function load({ days }) {
		const found = await read(METHOD, { company: company || undefined, days });
		return {
			...found,
			runs: found.runs.map((run) => ({ ...runInUserLanguage(run), requested_by: frappe.user_info(run.requested_by).fullname || run.requested_by })),
			errors: found.errors.map((error) => ({ ...error, reason: inUserLanguage(error.reason), example: inUserLanguage(error.example) })),
		};
	}

	/** The runs that ended on a day. */
	function linkToDay(day) {
		const between = encodeURIComponent(JSON.stringify(["between", [day, day]]));
		return `/app/batch-run?kind=${encodeURIComponent("Batch Invoicing")}&ended_at=${between}`;
	}

	return history;
}
