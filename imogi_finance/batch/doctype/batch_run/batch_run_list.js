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
		/** How far it is, where the list shows the number of documents. */
		total(value, df, doc) {
			const undoing = doc.status === "Undoing";
			const done = undoing ? doc.undone + doc.undo_failed : doc.processed;
			const of = undoing ? doc.to_undo : doc.total;
			const percent = of ? Math.min(100, Math.round((100 * done) / of)) : 0;
			if (!["Processing", "Undoing"].includes(doc.status)) {
				return `<span>${format_number(value, null, 0)}</span>`;
			}
			const colour = undoing ? "bg-warning" : "bg-primary";
			return `<div class="progress level-item" style="margin: 0; min-width: 80px; height: 8px;"
					title="${__("{0} of {1}", [done, of])}">
				<div class="progress-bar ${colour}" role="progressbar" style="width: ${percent}%"
					aria-valuenow="${percent}" aria-valuemin="0" aria-valuemax="100"></div>
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
