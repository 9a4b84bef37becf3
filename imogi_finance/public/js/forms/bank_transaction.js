// Pay unpaid invoices from a bank transaction. What it takes is loaded when somebody opens one who may see runs.

frappe.ui.form.on("Bank Transaction", {
	refresh(frm) {
		if (frm.is_new() || !frappe.model.can_read("Batch Run")) {
			return;
		}
		const attach = () => imogi_finance.desk.attachToBankTransaction(frm);
		if (window.imogi_finance?.desk) {
			attach();
		} else {
			frappe.require(["imogi_finance.bundle.js", "imogi_finance.bundle.css"], attach);
		}
	},
});
