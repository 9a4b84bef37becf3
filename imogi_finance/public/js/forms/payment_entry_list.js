{
	// Extends what ERPNext and other apps have set for the list. Its column has room for two words; the form says more.

	const FLAG = "awaiting_bank_reconciliation";
	const settings = (frappe.listview_settings["Payment Entry"] = frappe.listview_settings["Payment Entry"] || {});

	if (!settings.shows_awaiting_bank) {
		settings.shows_awaiting_bank = true;
		settings.add_fields = [...(settings.add_fields || []), FLAG];

		const indicator_before = settings.get_indicator;
		settings.get_indicator = function (doc) {
			if (doc.docstatus === 1 && cint(doc[FLAG])) {
				return [__("Awaiting Bank"), "orange", `${FLAG},=,1|docstatus,=,1`];
			}
			return indicator_before?.call(this, doc);
		};

		const onload_before = settings.onload;
		settings.onload = function (listview) {
			onload_before?.call(this, listview);
			listview.page.add_menu_item(__("Payments Awaiting Bank Reconciliation"), () =>
				frappe.set_route("query-report", "Payments Awaiting Bank Reconciliation"),
			);
		};
	}
}
