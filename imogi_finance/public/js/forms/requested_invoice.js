{
	// Purchase Invoice: the request it was made from.

	frappe.ui.form.on("Purchase Invoice", {
		setup(frm) {
			const approved = () => ({ docstatus: 1, status: "Approved", company: frm.doc.company });
			frm.set_query("imogi_branch_expense_request", () => ({ filters: approved() }));
			frm.set_query("imogi_expense_request", () => ({
				filters: { ...approved(), ...(frm.doc.supplier && { supplier: frm.doc.supplier }) },
			}));
		},
		refresh(frm) {
			// Cancelling an invoice takes nothing from the request it was made from: it is approved as before.
			const left_alone = new Set(frm.ignore_doctypes_on_cancel_all || []);
			frm.ignore_doctypes_on_cancel_all = [...left_alone, "Expense Request", "Branch Expense Request"];
		},
	});
}
