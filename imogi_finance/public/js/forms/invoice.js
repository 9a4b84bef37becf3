{
	// Purchase and Sales Invoice: which payments wait for the bank, so that nobody pays a second time.

	const MARK = "imogi-awaiting-bank";
	const NAMED = 5;

	// The script comes with either form; both are told once.
	frappe.provide("imogi_finance.forms");
	if (!imogi_finance.forms.invoices) {
		imogi_finance.forms.invoices = true;
		for (const doctype of ["Purchase Invoice", "Sales Invoice"]) {
			// Not awaited: the other scripts of the form need not wait for the answer.
			frappe.ui.form.on(doctype, "refresh", (frm) => void show_waiting_payments(frm));
		}
	}

	async function show_waiting_payments(frm) {
		frm.layout.message.find(`.${MARK}`).closest(".form-message").remove();
		const { doctype, name, docstatus, status } = frm.doc;
		if (frm.is_new() || docstatus !== 1 || status === "Paid") {
			return;
		}
		const payments = await frappe.xcall("imogi_finance.imogi_finance.api.waiting_payments", { doctype, name });
		if (payments.length && frm.doc.name === name && !frm.layout.message.find(`.${MARK}`).length) {
			frm.dashboard.set_headline(`<div class="${MARK}" style="padding-right: 20px">${sentences(frm.doc, payments)}</div>`, "orange");
		}
	}

	function sentences(doc, payments) {
		const money = (amount) => format_currency(amount, doc.party_account_currency || doc.currency);
		const named = payments.slice(0, NAMED).map((payment) =>
			__("{0} of {1} ({2}, {3})", [
				frappe.utils.get_form_link("Payment Entry", payment.name, true),
				frappe.datetime.str_to_user(payment.posting_date),
				money(payment.allocated_amount),
				frappe.utils.escape_html(payment.bank_account || payment.account),
			]),
		);
		const more = payments.length - named.length;
		if (more > 0) {
			named.push(__("{0} more", [more]));
		}
		return [
			`<b>${__("Waiting for bank reconciliation")}</b>:`,
			`${named.join("; ")}.`,
			doc.outstanding_amount
				? __("{0} is still to be paid beyond that.", [money(doc.outstanding_amount)])
				: __("This invoice becomes Paid when the bank statement confirms that; it need not be paid again."),
		].join(" ");
	}
}
