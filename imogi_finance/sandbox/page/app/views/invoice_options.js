/** How orders shall be invoiced. */

import { html } from "/assets/imogi_finance/js/vendor/lit-html/lit-html.js";
import { parseChunk, PRIORITIES } from "../order_bench.js";

const PRIORITY_WORDS = { 9: "9, before all others", 5: "5, the usual", 1: "1, after all others" };

/**
 * @param {object} given
 * @param {object} given.options  of the OrderBench
 * @param {object|null} given.company
 * @param {string|null} given.chunkError
 * @param {(changes: object, how?: {judge: boolean}) => void} given.onChoose
 * @param {(chunk: {value: number|null, error: string|null}) => void} given.onChunk
 */
export function invoiceOptions({ options, company, chunkError, onChoose, onChunk }) {
	return html`
		<fieldset class="choices">
			<legend>Invoices</legend>
			${radio("submit", "Submit them", options.submit, () => onChoose({ submit: true }))}
			${radio("submit", "Leave them as drafts", !options.submit, () => onChoose({ submit: false }))}
		</fieldset>
		<fieldset class="choices">
			<legend>How many</legend>
			${radio("per", "One invoice an order", !options.onePerCustomer, () => onChoose({ onePerCustomer: false }))}
			${radio("per", "One invoice a customer", options.onePerCustomer, () => onChoose({ onePerCustomer: true }))}
		</fieldset>
		<div class="choices">
			${check("Only what is delivered", options.onlyDelivered, (onlyDelivered) => onChoose({ onlyDelivered }))}
			${check("Leave out orders on hold or closed", options.leaveOutHeld, (leaveOutHeld) => onChoose({ leaveOutHeld }))}
		</div>
		<label class="field">
			<span>Posting date</span>
			<input
				class="input date"
				type="date"
				data-testid="posting-date"
				.value=${options.postingDate}
				@change=${(event) => onChoose({ postingDate: event.target.value })}
			/>
			<span class="sub">Empty: today.</span>
		</label>
		<details class="advanced">
			<summary>Advanced</summary>
			<label class="field">
				<span>Priority</span>
				<select class="input" data-testid="priority" @change=${(event) => onChoose({ priority: Number(event.target.value) }, { judge: false })}>
					${PRIORITIES.map(
						(priority) => html`<option value=${priority} ?selected=${priority === options.priority}>${PRIORITY_WORDS[priority] ?? priority}</option>`,
					)}
				</select>
			</label>
			<label class="field">
				<span>Orders in one step</span>
				<input
					class="input amount"
					inputmode="numeric"
					placeholder=${(options.onePerCustomer ? company?.customer_chunk_size : company?.invoice_chunk_size) ?? ""}
					aria-invalid=${chunkError ? "true" : "false"}
					.value=${options.chunkSize ?? ""}
					@change=${(event) => onChunk(parseChunk(event.target.value))}
				/>
				<span class="sub ${chunkError ? "wrong" : ""}">${chunkError ?? "Work is saved after each step. Empty: the usual size."}</span>
			</label>
		</details>
	`;
}

function radio(name, label, checked, choose) {
	return html`<label class="choice">
		<input type="radio" name=${name} .checked=${checked} @change=${choose} />
		<span>${label}</span>
	</label>`;
}

function check(label, checked, choose) {
	return html`<label class="check">
		<input type="checkbox" .checked=${checked} @change=${(event) => choose(event.target.checked)} />
		${label}
	</label>`;
}
