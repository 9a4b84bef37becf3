{
	// A block of its own: the scripts of all apps for a form share one scope.

	const MARK = "imogi-awaiting-bank";

	// Not awaited: the other scripts of the form need not wait for the answer.
	frappe.ui.form.on("Payment Entry", "refresh", (frm) => void show_coverage(frm));

	async function show_coverage(frm) {
		frm.layout.message.find(`.${MARK}`).closest(".form-message").remove();
		const { name } = frm.doc;
		if (frm.is_new() || frm.doc.docstatus !== 1 || !frm.doc.awaiting_bank_reconciliation) {
			return;
		}
		frm.page.set_indicator(__("Waiting for bank reconciliation"), "orange");
		const coverage = await frappe.xcall("imogi_finance.imogi_finance.api.payment_coverage", { payment_entry: name });
		// The answer may come when another payment is on the form, or this one was refreshed meanwhile.
		if (frm.doc.name === name && !frm.layout.message.find(`.${MARK}`).length) {
			frm.dashboard.set_headline(`<div class="${MARK}" style="padding-right: 20px">${sentences(frm.doc, coverage)}</div>`, "orange");
		}
	}

	function sentences(doc, { amount, covered, awaited, currency, transactions }) {
		const money = (value) => format_currency(value, currency);
		const parts = [`<b>${__("Waiting for bank reconciliation")}</b> ${since(doc.posting_date)}.`];
		if (covered > 0) {
			parts.push(
				__("The bank statement covers {0} of {1} so far ({2}); {3} is still awaited.", [
					money(covered),
					money(amount),
					transactions.map((name) => frappe.utils.get_form_link("Bank Transaction", name, true)).join(", ") || "…",
					money(awaited),
				]),
			);
		} else {
			parts.push(__("The bank statement covers nothing of {0} yet.", [money(amount)]));
		}
		parts.push(__("Its invoices become Paid when bank transactions cover it in full."));
		return parts.join(" ");
	}

	function since(posting_date) {
		const days = frappe.datetime.get_day_diff(frappe.datetime.get_today(), posting_date);
		const date = frappe.datetime.str_to_user(posting_date);
		if (days < 1) {
			return __("since {0}", [date]);
		}
		return days === 1 ? __("since {0}, for 1 day", [date]) : __("since {0}, for {1} days", [date, days]);
	}
}
