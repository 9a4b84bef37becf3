{
	frappe.ui.form.on("Expense Request", {
		setup(frm) {
			frm.set_query("supplier", () => ({ filters: { disabled: 0 } }));
			frm.set_query("cost_center", () => ({ filters: { company: frm.doc.company, is_group: 0, disabled: 0 } }));
			frm.set_query("project", () => ({ filters: { company: frm.doc.company } }));
			frm.set_query("expense_account", "items", () => ({
				filters: { company: frm.doc.company, root_type: "Expense", is_group: 0, disabled: 0 },
			}));
		},

		onload(frm) {
			if (frm.is_new() && !frm.doc.currency) {
				frm.trigger("company");
			}
		},

		company(frm) {
			frm.set_value("currency", frappe.get_doc(":Company", frm.doc.company)?.default_currency);
		},

		async supplier(frm) {
			if (!frm.doc.supplier) {
				return;
			}
			// A requester may choose suppliers, but not open them.
			const method = "imogi_finance.expense_requests.api.supplier_currency";
			const currency = await frappe.xcall(method, { supplier: frm.doc.supplier });
			if (currency) {
				frm.set_value("currency", currency);
			}
		},
	});

	frappe.ui.form.on("Expense Request Item", {
		amount: (frm) => sum(frm),
		items_remove: (frm) => sum(frm),
	});

	function sum(frm) {
		frm.set_value("total", frm.doc.items.reduce((total, row) => total + flt(row.amount), 0));
	}
}
