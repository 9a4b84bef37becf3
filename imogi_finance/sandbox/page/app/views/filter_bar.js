/** Search and filters above a list. */

import { html, nothing } from "/assets/imogi_finance/js/vendor/lit-html/lit-html.js";
import { live } from "/assets/imogi_finance/js/vendor/lit-html/directives/live.js";
import { formatMoney, parseMoney } from "/assets/imogi_finance/js/selection/money.js";
import { isFiltering } from "/assets/imogi_finance/js/selection/row_filter.js";
import { countText } from "../text.js";

const WORDS = { party: "Party", parties: "All parties", posted: "Posted", search: "Search name, party, reference" };

/**
 * @param {object} options
 * @param {import("/assets/imogi_finance/js/selection/row_list.js").RowList} options.list
 * @param {boolean} [options.canBeOverdue]
 * @param {{status: string, count: number}[]} [options.statuses]  to choose from
 * @param {object} [options.words]    what party and date are called
 * @param {number} options.exponent
 * @param {(changes: object) => void} options.onChange
 */
export function filterBar({ list, exponent, onChange, canBeOverdue = false, statuses = [], words = WORDS }) {
	const { filter } = list;
	const active = isFiltering({ ...filter, text: "" });
	return html`<search class="filters" aria-label="Filter the list">
		<input
			class="input search"
			type="search"
			data-testid="search"
			aria-label=${words.search}
			placeholder=${words.search}
			.value=${live(filter.text)}
			@input=${(event) => onChange({ text: event.target.value })}
		/>
		<details class="more-filters" ?open=${window.innerWidth > 760}>
			<summary class="button">Filters${active ? html` <span class="dot" aria-label="active"></span>` : nothing}</summary>
			<div class="filter-fields">
				<label class="field">
					<span>${words.party}</span>
					<select class="input" @change=${(event) => onChange({ party: event.target.value })}>
						<option value="" ?selected=${!filter.party}>${words.parties}</option>
						${list.parties.map(
							({ party, count }) =>
								html`<option value=${party} ?selected=${party === filter.party}>${party} (${countText(count)})</option>`,
						)}
					</select>
				</label>
				${statuses.length > 0 ? statusField(statuses, filter.status, onChange) : nothing}
				<div class="field" role="group" aria-label=${words.posted}>
					<span>${words.posted}</span>
					<span class="pair">
						${dateInput(`${words.posted} from`, filter.dateFrom, (dateFrom) => onChange({ dateFrom }))}
						<span aria-hidden="true">–</span>
						${dateInput(`${words.posted} to`, filter.dateTo, (dateTo) => onChange({ dateTo }))}
					</span>
				</div>
				<div class="field" role="group" aria-label="Amount">
					<span>Amount</span>
					<span class="pair">
						${amountInput("Amount from", "from", filter.amountFrom, exponent, (amountFrom) => onChange({ amountFrom }))}
						<span aria-hidden="true">–</span>
						${amountInput("Amount to", "to", filter.amountTo, exponent, (amountTo) => onChange({ amountTo }))}
					</span>
				</div>
				${canBeOverdue
					? html`<label class="check">
							<input
								type="checkbox"
								.checked=${live(filter.overdueOnly)}
								@change=${(event) => onChange({ overdueOnly: event.target.checked })}
							/>
							Overdue only
						</label>`
					: nothing}
				<label class="check">
					<input
						type="checkbox"
						.checked=${live(filter.selectedOnly)}
						@change=${(event) => onChange({ selectedOnly: event.target.checked })}
					/>
					Selected only
				</label>
			</div>
		</details>
	</search>`;
}

function statusField(statuses, chosen, onChange) {
	return html`<label class="field">
		<span>State</span>
		<select class="input" data-testid="status-filter" @change=${(event) => onChange({ status: event.target.value })}>
			<option value="" ?selected=${!chosen}>All states</option>
			${statuses.map(
				({ status, count }) => html`<option value=${status} ?selected=${status === chosen}>${status} (${countText(count)})</option>`,
			)}
		</select>
	</label>`;
}

function dateInput(label, value, set) {
	return html`<input class="input date" type="date" aria-label=${label} .value=${live(value)} @change=${(event) => set(event.target.value)} />`;
}

function amountInput(label, placeholder, value, exponent, set) {
	return html`<input
		class="input amount"
		type="text"
		inputmode="decimal"
		aria-label=${label}
		placeholder=${placeholder}
		.value=${value === null ? "" : formatMoney(value, exponent)}
		@change=${(event) => {
			const parsed = parseMoney(event.target.value, exponent);
			event.target.setCustomValidity(parsed.error ?? "");
			event.target.setAttribute("aria-invalid", parsed.error ? "true" : "false");
			if (parsed.error) {
				event.target.reportValidity();
			} else {
				event.target.value = parsed.value === null ? "" : formatMoney(parsed.value, exponent);
				set(parsed.value);
			}
		}}
	/>`;
}
