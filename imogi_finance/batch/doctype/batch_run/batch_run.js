frappe.ui.form.on("Batch Run", {
	async refresh(frm) {
		frm.disable_save(); // the engine writes it
		const { name } = frm.doc;
		await frappe.require(["imogi_finance.bundle.css", "imogi_finance.bundle.js"]);
		if (frm.doc.name === name && cur_frm === frm) {
			imogi_finance.desk.attachToBatchRun(frm);
		}
	},
});
