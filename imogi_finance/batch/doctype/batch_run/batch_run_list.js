frappe.listview_settings["Batch Run"] = {
	add_fields: ["status", "total", "processed", "succeeded", "failed", "undone", "to_undo", "undo_failed", "currency"],
	hide_name_column: false,

	get_indicator(doc) {
		const colours = {
			Pending: "gray",
			Processing: "blue",
			Undoing: "orange",
			Completed: "green",
			"Completed with Errors": "yellow",
			Failed: "red",
			Cancelled: "gray",
			"Needs Attention": "red",
		};
		return [__(doc.status), colours[doc.status] || "gray", `status,=,${doc.status}`];
	},

	formatters: {
		/** The column is narrow: no decimals where they are all zero. */
		amount(value, df, doc) {
			const shown = format_currency(value, doc.currency, Number.isInteger(value) ? 0 : null);
			return `<span title="${shown}">${shown}</span>`;
		},

		/** How far it is, or how far it came. */
		total(value, df, doc) {
			const number = (count) => format_number(count, null, 0);
			const undoing = doc.status === "Undoing";
			const [done, of] = undoing ? [doc.undone + doc.undo_failed, doc.to_undo] : [doc.processed, doc.total];
			const text = __("{0} of {1}", [number(done), number(of)]);
			if (!["Processing", "Undoing"].includes(doc.status)) {
				return `<span>${text}</span>`;
			}
			const percent = of ? Math.min(100, Math.round((100 * done) / of)) : 0;
			return `<div style="width: 100%" title="${text}">
				<div class="progress" style="margin: 0; height: 8px">
					<div class="progress-bar" role="progressbar"
						style="width: ${percent}%; background: var(--${undoing ? "orange" : "blue"}-500)" aria-valuenow="${percent}" aria-valuemin="0" aria-valuemax="100"></div>
				</div>
			</div>`;
		},
	},

	onload(listview) {
		// The engine makes runs; the list follows them while some are live.
		const follow = setInterval(() => {
			const live = listview.data?.some((run) => ["Pending", "Processing", "Undoing"].includes(run.status));
			if (live && !document.hidden && frappe.get_route_str() === `List/Batch Run/List`) {
				listview.refresh();
			}
		}, 5_000);
		$(listview.parent).one("remove", () => clearInterval(follow));
	},
};
