/** The last look before it runs: what will happen, how, and what the server objects to. */

import { html, nothing } from "/assets/imogi_finance/js/vendor/lit-html/lit-html.js";
import { api, newKey } from "../api.js";
import { openModal } from "../modal.js";
import { formatMoney, formatMoneyOf } from "/assets/imogi_finance/js/selection/money.js";
import { paymentCount } from "/assets/imogi_finance/js/selection/selection.js";
import { plural } from "../text.js";
import { problemList } from "./states.js";

const MOST_CHUNK = 500; // the server refuses more

/**
 * @param {object} options
 * @param {import("/assets/imogi_finance/js/selection/workbench.js").Workbench} options.bench
 * @param {object|null} options.company
 * @param {(status: object) => void} options.onStarted
 * @param {(documents: string[]) => void} options.onDeselect
 */
export function openConfirm({ bench, company, onStarted, onDeselect }) {
	let sending = false;
	let error = null;
	let chunkError = null;
	// The same request sent again after no answer must not start a second run; after an
	// answer, the next click is a new request.
	let key = null;

	const modal = openModal({
		labelledBy: "confirm-title",
		testId: "confirm-dialog",
		mayClose: () => !sending,
		template: () => content(),
	});

	async function submit() {
		sending = true;
		error = null;
		modal.update();
		key ??= newKey();
		try {
			const status = await api.reconcile(bench.payload(key));
			sending = false;
			modal.close();
			onStarted(status);
			return;
		} catch (failure) {
			error = failure;
			if (!failure.isUnreachable) {
				key = null;
			}
		}
		sending = false;
		modal.update();
		modal.element.querySelector(".modal-error")?.focus();
	}

	function choose(changes) {
		Object.assign(bench.choices, changes);
		modal.update();
	}

	function setChunk(text) {
		const wanted = text.trim();
		const number = Number(wanted);
		chunkError = wanted === "" || (/^\d+$/.test(wanted) && number >= 1 && number <= MOST_CHUNK) ? null : `A whole number from 1 to ${MOST_CHUNK}`;
		choose({ chunkSize: wanted === "" || chunkError ? null : number });
	}

	function content() {
		return html`<form class="modal-form" method="dialog" @submit=${(event) => event.preventDefault()}>
			<header class="modal-head">
				<h2 id="confirm-title">${error?.problems?.length ? "This cannot be submitted yet" : "Submit this reconciliation?"}</h2>
			</header>
			<div class="modal-body">${error ? errorTemplate() : nothing}${error?.problems?.length ? nothing : summary()}</div>
			<footer class="modal-foot">
				<button type="button" class="button" ?disabled=${sending} @click=${closeLater}>Back</button>
				${error?.problems?.length
					? html`<button type="button" class="button primary" @click=${deselect}>Deselect these documents</button>`
					: html`<button
							type="button"
							class="button primary"
							data-testid="confirm-submit"
							?disabled=${sending || chunkError !== null}
							@click=${submit}
						>
							${sending ? "Submitting…" : error ? "Try again" : `Reconcile ${plural(bench.totals.count, "document")}`}
						</button>`}
			</footer>
		</form>`;
	}

	function closeLater() {
		modal.close();
	}

	function deselect() {
		modal.close();
		onDeselect(error.problems.map((problem) => problem.document));
	}

	function errorTemplate() {
		return html`<div class="modal-error" role="alert" tabindex="-1">
			<p>${headline()}</p>
			${error.problems.length ? problemList(error.problems) : nothing}
		</div>`;
	}

	/** What comes above the problems, which say themselves what and why. */
	function headline() {
		if (error.problems.length) return `Nothing was changed. ${plural(error.problems.length, "thing")} must be mended first.`;
		if (error.isUnreachable) return `${error.message} It is safe to try again: the same request is never carried out twice.`;
		return error.message;
	}

	function summary() {
		const { transaction, lists, selection, totals, difference, choices } = bench;
		const { exponent, currency } = transaction;
		const invoices = lists.invoices.totals.count;
		const vouchers = lists.vouchers.totals.count;
		const payments = paymentCount(lists.invoices.rows, selection, choices.perParty);
		return html`
			<div class="confirm-total">
				<span class="confirm-amount">${formatMoneyOf(totals.total, currency, exponent)}</span>
				<span class="confirm-difference ${difference.kind}">
					${difference.kind === "exact" ? "exactly matches the statement line" : `${formatMoney(difference.by, exponent)} of the line stays unallocated`}
				</span>
			</div>
			<dl class="facts">
				<dt>Statement line</dt>
				<dd>${transaction.name} <span class="sub">${transaction.description}</span></dd>
				<dt>Bank account</dt>
				<dd>${transaction.bank_account}</dd>
				<dt>Documents</dt>
				<dd>
					${[invoices && plural(invoices, "invoice"), vouchers && plural(vouchers, "existing payment")].filter(Boolean).join(", ")}
					${totals.parts ? html`<span class="sub">of these ${plural(totals.parts, "part payment")}</span>` : nothing}
				</dd>
				${invoices
					? html`<dt>Payments to make</dt>
							<dd>${plural(payments, "payment")}</dd>`
					: nothing}
			</dl>
			${invoices ? options(choices) : nothing}
			<p class="modal-promise">
				Invoices become Paid when all are matched to the statement; if anything fails, everything is undone. You can close the page: the run goes on.
			</p>
		`;
	}

	function options(choices) {
		return html`<fieldset class="choices">
				<legend>Payments</legend>
				<label class="choice">
					<input type="radio" name="per" .checked=${!choices.perParty} @change=${() => choose({ perParty: false })} />
					<span>One payment per invoice</span>
				</label>
				<label class="choice">
					<input type="radio" name="per" .checked=${choices.perParty} @change=${() => choose({ perParty: true })} />
					<span>One payment per party</span>
				</label>
			</fieldset>
			<details class="advanced">
				<summary>Advanced</summary>
				<label class="field">
					<span>Items in one step</span>
					<input
						class="input amount"
						inputmode="numeric"
						placeholder=${(choices.perParty ? company?.party_chunk_size : company?.chunk_size) ?? ""}
						aria-invalid=${chunkError ? "true" : "false"}
						.value=${choices.chunkSize ?? ""}
						@change=${(event) => setChunk(event.target.value)}
					/>
					<span class="sub ${chunkError ? "wrong" : ""}">${chunkError ?? "Work is saved after each step. Empty: the usual size."}</span>
				</label>
				<label class="check">
					<input
						type="checkbox"
						.checked=${choices.stopOnFirstError}
						@change=${(event) => choose({ stopOnFirstError: event.target.checked })}
					/>
					Stop at the first error
				</label>
			</details>`;
	}

	return modal;
}
