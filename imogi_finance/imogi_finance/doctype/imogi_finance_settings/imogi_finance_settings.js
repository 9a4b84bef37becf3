{
	const REPORT = "Payments Awaiting Bank Reconciliation";

	frappe.ui.form.on("IMOGI Finance Settings", {
		setup(frm) {
			frm.set_query("company", "companies", () => ({
				// Each company once.
				filters: { name: ["not in", (frm.doc.companies || []).map((row) => row.company).filter(Boolean)] },
			}));
		},

		refresh(frm) {
			frm.add_custom_button(__("How It Works"), show_how_it_works);
			frm.add_custom_button(__("Payments Awaiting Bank Reconciliation"), () => frappe.set_route("query-report", REPORT));
			frm.add_custom_button(__("Batch Runs"), () => frappe.set_route("List", "Batch Run"));
			frm.trigger("hold_bank_payments");
		},

		hold_bank_payments: say_what_holds,
		companies_remove: say_what_holds,
	});

	frappe.ui.form.on("IMOGI Finance Company", {
		company: say_what_holds,
		hold_bank_payments: say_what_holds,
		companies_remove: say_what_holds,
	});

	/** One sentence on what the two settings together come to. */
	function say_what_holds(frm) {
		const rows = (frm.doc.companies || []).filter((row) => row.company);
		const named = (hold) => rows.filter((row) => Boolean(row.hold_bank_payments) === hold).map((row) => row.company);
		const exceptions = named(!frm.doc.hold_bank_payments);
		const list = exceptions.map((company) => company.bold()).join(", ");
		let text;
		if (frm.doc.hold_bank_payments) {
			text = exceptions.length
				? __("A bank payment pays its invoices when the bank statement confirms it, in every company but {0}.", [list])
				: __("A bank payment pays its invoices when the bank statement confirms it, in every company.");
		} else {
			text = exceptions.length
				? __("A bank payment pays its invoices at once, in every company but {0}.", [list])
				: __("A bank payment pays its invoices at once, in every company.");
		}
		frm.set_df_property("hold_bank_payments", "description", text);
	}

	function show_how_it_works() {
		const rows = [
			[__("Cash payment submitted"), __("Paid at once")],
			[__("Bank payment submitted"), __("Unpaid, Overdue or Partly Paid as before; the payment waits for the bank")],
			[__("Bank transactions cover the payment in full"), __("Paid")],
			[__("Allocation removed, or bank transaction cancelled"), __("As before again; the payment waits again")],
			[__("Payment cancelled"), __("What is outstanding says")],
		];
		const body = rows.map(([happens, shows]) => `<tr><td>${happens}</td><td>${shows}</td></tr>`).join("");
		frappe.msgprint({
			title: __("How It Works"),
			wide: true,
			message: `
				<p>${__("Only the status of an invoice is held. Outstanding amounts and the ledger stay what ERPNext says.")}</p>
				<table class="table table-bordered">
					<thead><tr><th>${__("What happens")}</th><th>${__("The invoice shows")}</th></tr></thead>
					<tbody>${body}</tbody>
				</table>
				<p>${__("A bulk reconciliation pays the unpaid invoices of one bank transaction: all of them, or none. Start it with Pay Unpaid Invoices in the Bank Reconciliation Tool or on a Bank Transaction; its Batch Run shows how far it is, and what went wrong.")}</p>
				<p>${__("A batch of Sales Orders makes their Sales Invoices: what can be invoiced is, and what cannot is named with its reason and tried again once it is mended. Start it in the list of Sales Orders.")}</p>
				<p>${__("Payments from before the app was installed are never held. When a setting changes, the statuses of the invoices follow.")}</p>`,
		});
	}
}
