frappe.query_reports["Payments Awaiting Bank Reconciliation"] = {
	filters: [
		{
			fieldname: "company",
			label: __("Company"),
			fieldtype: "Link",
			options: "Company",
			reqd: 1,
			default: frappe.defaults.get_user_default("Company"),
			on_change: (report) => {
				// A bank account belongs to one company.
				report.set_filter_value("bank_account", "");
				report.refresh();
			},
		},
		{
			fieldname: "as_on",
			label: __("As on Date"),
			fieldtype: "Date",
			reqd: 1,
			default: frappe.datetime.get_today(),
		},
		{
			fieldname: "bank_account",
			label: __("Bank Account"),
			fieldtype: "Link",
			options: "Bank Account",
			get_query: () => ({
				filters: { company: frappe.query_report.get_filter_value("company"), is_company_account: 1 },
			}),
		},
		{
			fieldname: "party_type",
			label: __("Party Type"),
			fieldtype: "Autocomplete",
			options: Object.keys(frappe.boot.party_account_types || {}),
			on_change: (report) => {
				report.set_filter_value("party", []);
				report.refresh();
			},
		},
		{
			fieldname: "party",
			label: __("Party"),
			fieldtype: "MultiSelectList",
			options: "party_type",
			get_data: (text) => {
				const party_type = frappe.query_report.get_filter_value("party_type");
				return party_type ? frappe.db.get_link_options(party_type, text) : [];
			},
		},
		{
			fieldname: "range",
			label: __("Ageing Range"),
			fieldtype: "Data",
			default: "7, 14, 30",
		},
		{
			fieldname: "group_by_bank_account",
			label: __("Group by Bank Account"),
			fieldtype: "Check",
			default: 1,
		},
	],

	formatter(value, row, column, data, default_formatter) {
		if (data?.is_total && column.fieldname === "payment_entry") {
			// Not a document: nothing to link to.
			return `<b>${frappe.utils.escape_html(data.payment_entry)}</b>`;
		}
		if (column.fieldname === "party_type") {
			return value ? frappe.utils.escape_html(__(value)) : "";
		}
		if (column.fieldtype === "Currency" && (value === null || value === undefined)) {
			return "";
		}
		if (column.fieldtype === "Data" && typeof value === "string") {
			value = frappe.utils.escape_html(value); // Frappe takes it for markup
		}
		const shown = default_formatter(value, row, column, data);
		return data?.is_total && value !== null && value !== undefined ? `<b>${shown}</b>` : shown;
	},
};
