// Pay unpaid invoices from ERPNext's Bank Reconciliation Tool: a button on each bank transaction and in its dialog.

frappe.ui.form.on("Bank Reconciliation Tool", {
	refresh(frm) {
		if (frappe.model.can_read("Batch Run")) {
			with_imogi_desk((desk) => desk.attachToReconciliationTool(frm));
		}
	},

	// The tool makes its table anew each time.
	render(frm) {
		if (frappe.model.can_read("Batch Run")) {
			with_imogi_desk((desk) => desk.attachToReconciliationTool(frm));
		}
	},
});

function with_imogi_desk(action) {
	if (window.imogi_finance?.desk) {
		action(imogi_finance.desk);
	} else {
		frappe.require(["imogi_finance.bundle.js", "imogi_finance.bundle.css"], () => action(imogi_finance.desk));
	}
}
