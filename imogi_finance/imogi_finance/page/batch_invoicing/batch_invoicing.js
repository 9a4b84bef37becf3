frappe.pages["batch-invoicing"].on_page_load = async function (wrapper) {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("Batch Invoicing"), single_column: true });
	await frappe.require(["imogi_finance.bundle.css", "imogi_finance.bundle.js"]);
	wrapper.history = imogi_finance.desk.openInvoicingHistory({ page });
};
