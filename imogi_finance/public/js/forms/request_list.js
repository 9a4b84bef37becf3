{
	// Lists of Expense Requests and Branch Expense Requests. A request's status goes on after its approval: it is what
	// the list shows, drafts and cancelled ones included.

	const COLORS = {
		Draft: "gray",
		"Pending Review": "orange",
		Approved: "blue",
		Rejected: "red",
		"PI Created": "yellow",
		Paid: "green",
		Returned: "gray",
		Cancelled: "red",
	};

	for (const doctype of ["Expense Request", "Branch Expense Request"]) {
		frappe.listview_settings[doctype] = {
			...frappe.listview_settings[doctype],
			add_fields: ["status", "linked_purchase_invoice"],
			has_indicator_for_draft: true,
			has_indicator_for_cancelled: true,
			get_indicator: (doc) => [__(doc.status), COLORS[doc.status] || "gray", `status,=,${doc.status}`],
		};
	}
}
