frappe.pages["batch-health"].on_page_load = async function (wrapper) {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("Batch Health"), single_column: true });
	await frappe.require(["imogi_finance.bundle.css", "imogi_finance.bundle.js"]);
	wrapper.health = imogi_finance.desk.openHealth({ page, wrapper });
};
