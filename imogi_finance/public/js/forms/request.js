{
	// Expense Request and Branch Expense Request: what both forms have in common. It comes with either form; both are
	// told once.

	const KINDS = ["Expense Request", "Branch Expense Request"];
	const REVIEWED = ["Pending Review", "Rejected"];
	const PAYMENT_COLORS = { Draft: "gray", "Waiting for the bank": "orange", Paid: "green", Cancelled: "red" };
	const INVOICE_COLORS = { Paid: "green", "Partly Paid": "yellow", Unpaid: "orange", Overdue: "red", Cancelled: "red" };

	frappe.provide("imogi_finance.forms");
	if (!imogi_finance.forms.requests) {
		imogi_finance.forms.requests = true;
		for (const doctype of KINDS) {
			frappe.ui.form.on(doctype, { setup, refresh, before_workflow_action });
		}
	}

	function setup(frm) {
		// An approved request is not a part of what was made from it: the server says what has to go first.
		frm.ignore_doctypes_on_cancel_all = ["Purchase Invoice", "Payment Entry"];
		// Under Connections: the invoice is made by the button; a payment is made from the invoice.
		frm.custom_make_buttons = { "Purchase Invoice": "Create Purchase Invoice" };
		frm.can_make_methods = { "Payment Entry": () => false };
	}

	function refresh(frm) {
		if (frm.is_new()) {
			return;
		}
		close_while_reviewed(frm);
		if (frm.doc.docstatus === 1) {
			frm.dashboard.clear_headline(); // that a workflow forbids changes is no news of an approved document
			add_buttons(frm);
			void show_linked_documents(frm);
		}
	}

	/** What was put to review is what gets approved: nobody changes it meanwhile. */
	function close_while_reviewed(frm) {
		if (frm.doc.docstatus !== 0 || !REVIEWED.includes(frm.doc.status) || !frappe.model.has_workflow(frm.doctype)) {
			return;
		}
		frm.set_read_only();
		frm.refresh_fields();
		frm.disable_save();
		const sentence =
			frm.doc.status === "Rejected"
				? __("Rejected. Reopen it to change it and put it to review again.")
				: __("Being reviewed: it cannot be changed until it is recalled or rejected.");
		frm.dashboard.set_headline(sentence, frm.doc.status === "Rejected" ? "red" : "orange");
	}

	/** Do not let an approver approve what they have not seen: the form may be older than the document. */
	async function before_workflow_action(frm) {
		const stored = await frappe.db.get_value(frm.doctype, frm.doc.name, "modified");
		if (stored.message.modified !== frm.doc.modified) {
			frappe.dom.unfreeze();
			frm.reload_doc();
			frappe.throw(__("{0} was changed since you opened it. Look at it again.", [frm.doc.name]));
		}
	}

	function add_buttons(frm) {
		if (frm.doc.status === "Approved" && frappe.model.can_create("Purchase Invoice")) {
			const label = __("Create Purchase Invoice");
			frm.add_custom_button(label, () => create_invoice(frm));
			frm.change_custom_button_type(label, null, "primary");
		}
	}

	function create_invoice(frm) {
		if (frm.doc.supplier) {
			return request_invoice(frm);
		}
		const dialog = new frappe.ui.Dialog({
			title: __("Create Purchase Invoice"),
			fields: [
				{
					fieldname: "supplier",
					fieldtype: "Link",
					options: "Supplier",
					label: __("Supplier"),
					description: __("Who supplies what the branch asked for."),
					get_query: () => ({ filters: { disabled: 0 } }),
					reqd: 1,
				},
			],
			primary_action_label: __("Create"),
			async primary_action({ supplier }) {
				dialog.disable_primary_action();
				try {
					await request_invoice(frm, supplier);
					dialog.hide();
				} finally {
					dialog.enable_primary_action();
				}
			},
		});
		return dialog.show();
	}

	async function request_invoice(frm, supplier) {
		const { message } = await frappe.call({
			method: "imogi_finance.expense_requests.api.create_purchase_invoice",
			args: { doctype: frm.doctype, name: frm.doc.name, supplier },
			freeze: true,
			freeze_message: __("Creating the Purchase Invoice …"),
		});
		frappe.show_alert({ message: __("Purchase Invoice {0} was created.", [message.name]), indicator: "green" });
		frappe.set_route("Form", message.doctype, message.name);
	}

	async function show_linked_documents(frm) {
		const { doctype, name } = frm.doc;
		const linked = await frappe.xcall("imogi_finance.expense_requests.api.linked_documents", { doctype, name });
		// The answer may come when another request is on the form, or this one was refreshed meanwhile.
		if (frm.doc.name !== name || frm.dashboard.parent.find(".imogi-linked").length) {
			return;
		}
		if (linked.invoices.length || linked.payments.length || linked.hidden) {
			const body = frm.dashboard.add_section(tables(linked), __("Invoices and Payments"), "custom imogi-linked");
			body.find("table").css("margin-bottom", "var(--margin-sm)");
			frm.dashboard.show();
		}
	}

	function tables({ invoices, payments, hidden }) {
		const parts = [];
		if (invoices.length) {
			const heads = [__("Invoice"), __("Date"), __("Total"), __("Outstanding"), __("Status")];
			parts.push(table(heads, invoices.map(invoice_cells)));
		}
		if (payments.length) {
			const heads = [__("Payment"), __("Date"), __("Paid From"), __("Amount"), __("Status")];
			parts.push(table(heads, payments.map(payment_cells)));
		} else if (invoices.length) {
			parts.push(`<p class="text-muted small">${__("No payments yet.")}</p>`);
		}
		if (hidden) {
			const sentence =
				hidden === 1
					? __("1 document is not shown: you may not see it.")
					: __("{0} documents are not shown: you may not see them.", [hidden]);
			parts.push(`<p class="text-muted small">${sentence}</p>`);
		}
		return parts.join("");
	}

	function invoice_cells(row) {
		return [
			frappe.utils.get_form_link(row.doctype, row.name, true),
			frappe.datetime.str_to_user(row.posting_date),
			format_currency(row.grand_total, row.currency),
			format_currency(row.outstanding_amount, row.currency),
			pill(row.status, INVOICE_COLORS[row.status] || "gray"),
		];
	}

	function payment_cells(row) {
		return [
			frappe.utils.get_form_link(row.doctype, row.name, true),
			frappe.datetime.str_to_user(row.posting_date),
			frappe.utils.escape_html(row.account || ""),
			format_currency(row.amount, row.currency),
			pill(row.state, PAYMENT_COLORS[row.state]),
		];
	}

	function pill(text, color) {
		return `<span class="indicator-pill ${color} no-indicator-dot">${frappe.utils.escape_html(__(text))}</span>`;
	}

	/** Amounts stand in the third and fourth column of both tables, or in the fourth alone. */
	function table(heads, rows) {
		const side = (index) => (index === 3 || (index === 2 && heads[2] === __("Total")) ? ' class="text-right"' : "");
		const line = (cells, tag) =>
			`<tr>${cells.map((cell, index) => `<${tag}${side(index)}>${cell}</${tag}>`).join("")}</tr>`;
		return `<table class="table table-bordered table-sm small">
			<thead>${line(heads, "th")}</thead>
			<tbody>${rows.map((cells) => line(cells, "td")).join("")}</tbody>
		</table>`;
	}
}
