/**
 * The filters above a list, made of the Desk's own controls: dates in the user's format,
 * parties to search among hundreds.
 */

import { t } from "./voice.js";

const TYPING_MS = 120;

/**
 * @param {object} options
 * @param {"invoices"|"vouchers"} options.name
 * @param {(changes: object) => void} options.onChange
 */
export function createFilterControls({ name, onChange }) {
	const element = document.createElement("div");
	element.className = "imogi-pay__filters";
	element.setAttribute("role", "search");
	element.setAttribute("aria-label", t("Filter the list"));
	const controls = {};
	let quiet = false; // while they are set by us

	function add(fieldname, df, { read = (value) => value || "" } = {}) {
		const field = document.createElement("div");
		field.className = `imogi-pay__filter imogi-pay__filter-${fieldname}`;
		element.append(field);
		const tell = () => !quiet && onChange({ [fieldname]: read(control.get_value()) });
		const control = frappe.ui.form.make_control({
			parent: field,
			df: { fieldname, input_class: "input-xs", change: tell, ...df },
			only_input: df.fieldtype !== "Check",
			render_input: true,
		});
		control.$input?.attr({ "aria-label": df.label, placeholder: df.placeholder ?? df.label, "data-testid": `filter-${fieldname}` });
		controls[fieldname] = control;
		return control;
	}

	const search = document.createElement("input");
	search.type = "search";
	search.className = "form-control input-xs imogi-pay__search";
	search.placeholder = t("Search name, party, reference");
	search.setAttribute("aria-label", t("Search name, party or reference"));
	search.dataset.testid = "search";
	let typing = 0;
	search.addEventListener("input", () => {
		clearTimeout(typing);
		typing = setTimeout(() => onChange({ text: search.value }), TYPING_MS);
	});
	element.append(search);

	const party = add("party", { fieldtype: "Autocomplete", label: t("Party"), options: [], max_items: 40 });
	party.awesomplete.item = partyItem;
	party.awesomplete.tabSelect = false; // who passes by with the Tab key chooses nothing
	// Typing the beginning of a name is no filter yet; choosing one is, and so is emptying the field.
	party.$input.on("input", () => !party.$input.val() && onChange({ party: "" }));
	if (name === "invoices") {
		add("status", { fieldtype: "Select", label: t("Status"), options: [] });
		add("doctype", { fieldtype: "Select", label: t("Type"), options: [] });
		add("dueFrom", { fieldtype: "Date", label: t("Due from") });
		add("dueTo", { fieldtype: "Date", label: t("Due to") });
	} else {
		add("dateFrom", { fieldtype: "Date", label: t("Posted from") });
		add("dateTo", { fieldtype: "Date", label: t("Posted to") });
	}
	add("selectedOnly", { fieldtype: "Check", label: t("Selected only") }, { read: Boolean });

	// Escape closes what hangs from a field, and only then the dialog.
	element.addEventListener("keydown", (event) => {
		const hanging = Object.values(controls).filter((control) => control.datepicker?.visible || control.autocomplete_open);
		if (event.key === "Escape" && hanging.length > 0) {
			event.stopPropagation();
			for (const control of hanging) {
				control.datepicker?.hide();
				control.awesomplete?.close();
			}
		}
	});

	function choices(fieldname, all, values) {
		const control = controls[fieldname];
		if (!control) {
			return;
		}
		const kept = control.get_value();
		control.df.options = [{ value: "", label: all }, ...values.map((value) => ({ value, label: t(value) }))];
		control.set_options(kept);
		control.$wrapper.parent().toggleClass("hidden", fieldname === "doctype" && values.length < 2);
	}

	return {
		element,
		/** What can be chosen follows from the rows. */
		setRows(list) {
			const seen = (field) => [...new Set(list.rows.map((row) => row[field]).filter(Boolean))].sort();
			choices("status", t("All statuses"), seen("status"));
			choices("doctype", t("All types"), seen("doctype"));
			const names = new Map(list.rows.map((row) => [row.party, row.party_name || row.party]));
			party.set_data(list.parties.map((one) => ({ value: one.party, label: names.get(one.party) })));
		},
		clear() {
			quiet = true;
			clearTimeout(typing);
			search.value = "";
			const done = Object.values(controls).map((control) => control.set_value(control.df.fieldtype === "Check" ? 0 : ""));
			Promise.all(done).then(() => {
				quiet = false;
			});
		},
		focus() {
			search.focus();
		},
		destroy() {
			clearTimeout(typing);
			for (const control of Object.values(controls)) {
				control.datepicker?.destroy?.();
			}
		},
	};
}

/** Parties are other people's text: never markup. */
function partyItem({ label, value }) {
	const item = document.createElement("li");
	item.setAttribute("role", "option");
	item.setAttribute("aria-selected", "false");
	const text = document.createElement("p");
	text.textContent = label;
	if (label !== value) {
		const id = document.createElement("span");
		id.className = "text-muted small";
		id.textContent = ` ${value}`;
		text.append(id);
	}
	item.append(text);
	return item;
}
