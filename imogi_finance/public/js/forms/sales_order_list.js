{
	// Extends what ERPNext and other apps have set for the list. What it takes is loaded when somebody asks for
	// invoices, or has asked before and a run is at work.

	const settings = (frappe.listview_settings["Sales Order"] = frappe.listview_settings["Sales Order"] || {});

	const with_desk = (action) => {
		if (window.imogi_finance?.desk) {
			action(imogi_finance.desk);
		} else {
			frappe.require(["imogi_finance.bundle.js", "imogi_finance.bundle.css"], () => action(imogi_finance.desk));
		}
	};

	let looked = false; // once for each load of the Desk: a run that is begun in this tab has loaded the rest

	const has_a_live_run = async () => {
		const status = ["in", ["Pending", "Processing"]];
		const filters = { kind: "Batch Invoicing", requested_by: frappe.session.user, status };
		return (await frappe.db.get_list("Batch Run", { filters, limit: 1 })).length > 0;
	};

	const show_runs = async (listview) => {
		if (!window.imogi_finance?.desk) {
			if (looked) {
				return;
			}
			looked = true;
			if (!(await has_a_live_run())) {
				return;
			}
		}
		with_desk((desk) => desk.attachToOrderList(listview));
	};

	if (!settings.creates_invoices_in_batch) {
		settings.creates_invoices_in_batch = true;

		const onload_before = settings.onload;
		settings.onload = function (listview) {
			onload_before?.call(this, listview);
			if (frappe.model.can_create("Sales Invoice")) {
				const ask = () => with_desk((desk) => desk.invoiceOrdersOfList(listview));
				// For the rows that are checked; and where none is, for all that the filters let through.
				listview.page.add_action_item(__("Create Invoices in Batch"), ask);
				listview.page.add_menu_item(__("Create Invoices in Batch"), ask);
				if (frappe.boot.page_info?.["batch-invoicing"]) {
					listview.page.add_menu_item(__("Batch Invoicing"), () => frappe.set_route("batch-invoicing"));
				}
			}
		};

		const refresh_before = settings.refresh;
		settings.refresh = function (listview) {
			refresh_before?.call(this, listview);
			if (frappe.model.can_create("Sales Invoice")) {
				show_runs(listview);
			}
		};
	}
}
