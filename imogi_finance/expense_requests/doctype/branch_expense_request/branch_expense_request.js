{
	frappe.ui.form.on("Branch Expense Request", {
		setup(frm) {
			frm.set_query("cost_center", "items", () => ({
				filters: { company: frm.doc.company, is_group: 0, disabled: 0 },
			}));
			frm.set_query("expense_account", "items", () => ({
				filters: { company: frm.doc.company, root_type: "Expense", is_group: 0, disabled: 0 },
			}));
			frm.set_query("item_code", "items", () => ({
				filters:
					frm.doc.request_type === "Asset"
						? { disabled: 0, is_fixed_asset: 1 }
						: { disabled: 0, is_fixed_asset: 0, is_stock_item: 0 },
			}));
			frm.set_query("requester", () => ({ filters: { enabled: 1, user_type: "System User" } }));
		},

		posting_date: forget_fiscal_year,
		company: forget_fiscal_year,

		request_type(frm) {
			// An account of the other type would not do: the server fills in the one of each item.
			for (const row of frm.doc.items || []) {
				frappe.model.set_value(row.doctype, row.name, "expense_account", null);
			}
			frm.refresh_field("items");
		},
	});

	frappe.ui.form.on("Branch Expense Request Item", {
		quantity: amount,
		rate: amount,
		items_remove: (frm) => sum(frm),
	});

	/** The server fills in the fiscal year of the posting date. */
	function forget_fiscal_year(frm) {
		frm.set_value("fiscal_year", null);
	}

	function amount(frm, doctype, name) {
		const row = frappe.get_doc(doctype, name);
		frappe.model.set_value(doctype, name, "amount", flt(row.quantity) * flt(row.rate));
		sum(frm);
	}

	function sum(frm) {
		frm.set_value("total", frm.doc.items.reduce((total, row) => total + flt(row.amount), 0));
	}
}
