frappe.ui.form.on("Batch Run", {
	setup(frm) {
		frm.can_make_methods = { "Payment Entry": () => false, "Sales Invoice": () => false }; // the run makes them
		// Nobody fills this form in: a mark for what must be filled in would only irritate.
		for (const field of frm.meta.fields) {
			frm.set_df_property(field.fieldname, "reqd", 0);
		}
	},

	async refresh(frm) {
		frm.disable_save(); // the engine writes it
		const { name } = frm.doc;
		await frappe.require(["imogi_finance.bundle.css", "imogi_finance.bundle.js"]);
		if (frm.doc.name === name && cur_frm === frm) {
			imogi_finance.desk.attachToBatchRun(frm);
			frm.toggle_display("error", false); // said on top, in the user's language
		}
	},
});
