/** What can be chosen: which orders, of which company, and how they become invoices. */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { count, t } from "../voice.js";
import { PRIORITIES, setAsideText } from "./choice.js";

/**
 * @param {object} options
 * @param {import("./choice.js").Choice} options.choice
 * @param {number|null} options.matching  how many orders match the list's filters; null while that is not known
 * @param {HTMLElement} options.dateField
 * @param {boolean} options.disabled
 * @param {(scope: "checked"|"matching") => void} options.onScope
 * @param {(company: string) => void} options.onCompany
 * @param {(changes: object) => void} options.onOptions
 */
export function optionsView({ choice, matching, dateField, disabled, onScope, onCompany, onOptions }) {
	const { options } = choice;
	const either = (name, field, value, label) => html`<label class="imogi-pay__choice">
		<input type="radio" name="imogi-invoicing-${name}" data-testid="invoicing-${name}-${value}" .checked=${options[field] === value} ?disabled=${disabled} @change=${() => onOptions({ [field]: value })} />
		<span>${label}</span>
	</label>`;
	const box = (field, label, more = nothing) => html`<label class="imogi-pay__choice">
		<input type="checkbox" data-testid="invoicing-${field}" .checked=${options[field]} ?disabled=${disabled} @change=${(event) => onOptions({ [field]: event.target.checked })} />
		<span>${label} ${more === nothing ? nothing : html`<span class="text-muted">${more}</span>`}</span>
	</label>`;
	return html`
		<fieldset class="imogi-invoicing__group">
			<legend>${t("Orders")}</legend>
			${scopes({ choice, matching, disabled, onScope })} ${companies({ choice, disabled, onCompany })}
		</fieldset>
		<fieldset class="imogi-invoicing__group">
			<legend>${t("Invoices")}</legend>
			${either("submit", "submit", true, t("Submit each invoice"))} ${either("submit", "submit", false, t("Leave them as drafts"))}
			<hr />
			${either("customer", "one_per_customer", false, t("One invoice an order"))}
			${either("customer", "one_per_customer", true, t("One invoice for each customer, where orders can share one"))}
			<hr />
			<div class="imogi-invoicing__field">
				<span id="imogi-invoicing-date">${t("Posting Date")}</span>
				<div class="imogi-invoicing__date">${dateField}</div>
			</div>
			${box("only_delivered", t("Only what is delivered"))}
			${box("update_stock", t("Update stock"), t("The invoice delivers the goods."))}
			${box("leave_out_held", t("Leave out orders that are on hold or closed"), t("Else they count as failed."))}
			<div class="imogi-invoicing__field">
				<label for="imogi-invoicing-priority">${t("Priority")}</label>
				<select id="imogi-invoicing-priority" class="form-control input-xs" data-testid="invoicing-priority" ?disabled=${disabled} @change=${(event) => onOptions({ priority: Number(event.target.value) })}>
					${priorities(options.priority)}
				</select>
			</div>
		</fieldset>
	`;
}

function priorities(chosen) {
	const labels = { urgent: t("Urgent"), usual: t("Usual"), low: t("Low") };
	return Object.entries(PRIORITIES).map(([name, value]) => html`<option value=${value} .selected=${value === chosen}>${labels[name]}</option>`);
}

/** Whether the checked orders are meant, or all that match; where nothing is checked there is no choice. */
function scopes({ choice, matching, disabled, onScope }) {
	const checked = choice.found.checked.length;
	const all = matching === null ? t("All that match the list's filters") : t("All {0} that match the list's filters", [count(matching)]);
	const aside = choice.isKnown ? setAsideText(choice, { t, count }) : "";
	const note = aside ? html`<p class="text-muted imogi-invoicing__aside" data-testid="invoicing-set-aside">${aside}</p>` : nothing;
	if (!checked) {
		return html`<p data-testid="invoicing-scope">${all}</p>
			${note}`;
	}
	const radio = (scope, label) => html`<label class="imogi-pay__choice">
		<input type="radio" name="imogi-invoicing-scope" data-testid="invoicing-scope-${scope}" .checked=${choice.scope === scope} ?disabled=${disabled} @change=${() => onScope(scope)} />
		<span>${label}</span>
	</label>`;
	return html`${radio("checked", checked === 1 ? t("The 1 selected") : t("The {0} selected", [count(checked)]))} ${radio("matching", all)} ${note}`;
}

function companies({ choice, disabled, onCompany }) {
	if (choice.companies.length < 2) {
		return nothing;
	}
	return html`<div class="imogi-invoicing__field">
		<label for="imogi-invoicing-company">${t("Company")}</label>
		<select id="imogi-invoicing-company" class="form-control input-xs" data-testid="invoicing-company" ?disabled=${disabled} @change=${(event) => onCompany(event.target.value)}>
			${choice.companies.map(([company, number]) => html`<option value=${company} .selected=${company === choice.company}>${company} (${count(number)})</option>`)}
		</select>
	</div>`;
}
