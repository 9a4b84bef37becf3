/** The second step: what will happen and how; and what the server objects to. */

import { paymentCount } from "../selection/selection.js";
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { newRequestKey } from "./request_key.js";
import { problemDocument } from "./states.js";
import { count, moneyText, t } from "./voice.js";

const MOST_PROBLEMS = 200;

/**
 * @param {object} options
 * @param {import("../selection/workbench.js").Workbench} options.bench
 * @param {() => void} options.requestRender
 * @param {(idempotencyKey: string) => Promise<object>} options.send
 * @param {(run: object) => void} options.onStarted
 * @param {() => void} options.onBack
 * @param {(documents: string[]) => void} options.onDeselect
 */
export function createConfirmView({ bench, requestRender, send, onStarted, onBack, onDeselect }) {
	let sending = false;
	let error = null;
	// The same request sent again after no answer must not start a second run; after an
	// answer, the next click is a new request.
	let key = null;

	async function submit() {
		if (sending) {
			return;
		}
		sending = true;
		error = null;
		key ??= newRequestKey();
		requestRender();
		try {
			const run = await send(key);
			sending = false;
			key = null;
			onStarted(run);
			return;
		} catch (failure) {
			error = failure;
			if (!failure.isUnreachable) {
				key = null;
			}
		}
		sending = false;
		requestRender();
		requestAnimationFrame(() => document.querySelector(".imogi-pay__error")?.focus());
	}

	function choose(changes) {
		Object.assign(bench.choices, changes);
		requestRender();
	}

	function errorTemplate() {
		const { problems } = error;
		return html`<div class="imogi-pay__error" role="alert" tabindex="-1">
			<p class="imogi-pay__error-title">${headline(problems)}</p>
			${problems.length
				? html`<ul class="imogi-pay__problems" data-testid="problems">
						${problems.slice(0, MOST_PROBLEMS).map(problemItem)}
					</ul>`
				: nothing}
			${problems.length > MOST_PROBLEMS ? html`<p>${t("The first {0} of {1} are shown.", [count(MOST_PROBLEMS), count(problems.length)])}</p>` : nothing}
		</div>`;
	}

	function headline(problems) {
		if (problems.length) {
			const what = problems.length === 1 ? t("One thing must be mended first.") : t("{0} things must be mended first.", [count(problems.length)]);
			return `${t("Nothing was changed.")} ${what}`;
		}
		return error.isUnreachable
			? `${error.message} ${t("It is safe to try again: the same request is never carried out twice.")}`
			: error.message;
	}

	function summary() {
		const { transaction, lists, selection, totals, difference, choices } = bench;
		const { exponent, currency } = transaction;
		const money = (minor) => moneyText(minor, currency, exponent);
		const invoices = lists.invoices.totals.count;
		const vouchers = lists.vouchers.totals.count;
		const documents = [
			invoices && (invoices === 1 ? t("1 invoice") : t("{0} invoices", [count(invoices)])),
			vouchers && (vouchers === 1 ? t("1 existing payment") : t("{0} existing payments", [count(vouchers)])),
			totals.parts && (totals.parts === 1 ? t("1 part payment") : t("{0} part payments", [count(totals.parts)])),
		].filter(Boolean);
		const payments = paymentCount(lists.invoices.rows, selection, choices.perParty);
		return html`
			<div class="imogi-pay__total">
				<span class="imogi-pay__total-amount">${money(totals.total)}</span>
				<span class="imogi-pay__difference ${difference.kind}">
					${difference.kind === "exact"
						? t("exactly matches the bank transaction")
						: t("{0} of the bank transaction stays unallocated", [money(difference.by)])}
				</span>
			</div>
			<dl class="imogi-pay__list">
				<dt>${t("Bank Transaction")}</dt>
				<dd>${transaction.name} <span class="text-muted">${transaction.description}</span></dd>
				<dt>${t("Bank Account")}</dt>
				<dd>${transaction.bank_account}</dd>
				<dt>${t("Documents")}</dt>
				<dd>${documents.join(", ")}</dd>
				${invoices
					? html`<dt>${t("Payments to make")}</dt>
							<dd data-testid="payments-to-make">${paymentsText(payments, choices)}</dd>`
					: nothing}
			</dl>
			${invoices ? options(choices) : nothing}
			<p class="imogi-pay__promise">
				${t("Invoices become Paid when all are matched with the bank transaction. If anything fails, everything is undone. You can close the page: the run goes on.")}
			</p>
		`;
	}

	/** A party's invoices in two steps are two payments: how many steps is the server's to know. */
	function paymentsText(payments, { perParty }) {
		return perParty ? t("{0} or more: one for each party in a step", [count(payments)]) : count(payments);
	}

	function options(choices) {
		const radio = (perParty, label) => html`<label class="imogi-pay__choice">
			<input type="radio" name="imogi-payments" .checked=${choices.perParty === perParty} @change=${() => choose({ perParty })} />
			<span>${label}</span>
		</label>`;
		return html`<fieldset class="imogi-pay__choices">
			<legend>${t("Payments")}</legend>
			${radio(false, t("One payment an invoice"))} ${radio(true, t("One payment a party"))}
			<label class="imogi-pay__choice">
				<input
					type="checkbox"
					.checked=${choices.stopOnFirstError}
					@change=${(event) => choose({ stopOnFirstError: event.target.checked })}
				/>
				<span>
					${t("Stop at the first error")}
					<span class="text-muted">${t("Otherwise all are tried first, so that every error is named at once.")}</span>
				</span>
			</label>
		</fieldset>`;
	}

	return {
		begin() {
			error = null;
		},
		focus() {
			requestAnimationFrame(() => document.querySelector('.imogi-pay [data-testid="confirm-submit"]')?.focus());
		},
		template() {
			const refused = Boolean(error?.problems?.length);
			const label = error ? t("Try again") : bench.totals.count === 1 ? t("Reconcile 1 document") : t("Reconcile {0} documents", [count(bench.totals.count)]);
			return html`<div class="imogi-pay__confirm" data-testid="confirm-view">
					<h4 class="imogi-pay__confirm-title">${refused ? t("This cannot be reconciled yet") : t("Reconcile these documents?")}</h4>
					${error ? errorTemplate() : nothing} ${refused ? nothing : summary()}
				</div>
				<div class="imogi-pay__confirm-foot">
					<button type="button" class="btn btn-default btn-sm" ?disabled=${sending} @click=${onBack}>${t("Back")}</button>
					${refused
						? html`<button
								type="button"
								class="btn btn-primary btn-sm"
								data-testid="deselect"
								@click=${() => onDeselect(error.problems.map((problem) => problem.document))}
							>
								${t("Deselect these documents")}
							</button>`
						: html`<button type="button" class="btn btn-primary btn-sm" data-testid="confirm-submit" ?disabled=${sending} @click=${submit}>
								${sending ? t("Submitting…") : label}
							</button>`}
				</div>`;
		},
	};
}

function problemItem(problem) {
	return html`<li>
		<p>
			<strong>${problemDocument(problem.document)}</strong>
			<span class="imogi-pay__rule text-muted">${problem.rule}</span>
		</p>
		<p>${problem.message}</p>
		${problem.remedy ? html`<p class="text-muted">${problem.remedy}</p>` : nothing}
	</li>`;
}
