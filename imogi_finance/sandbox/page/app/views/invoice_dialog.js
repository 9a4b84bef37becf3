/** The last look before orders are invoiced: how, what the server says of them now, and Go. */

import { html, nothing } from "/assets/imogi_finance/js/vendor/lit-html/lit-html.js";
import { api, newKey } from "../api.js";
import { Judgement } from "../judgement.js";
import { openModal } from "../modal.js";
import { plural } from "../text.js";
import { invoiceOptions } from "./invoice_options.js";
import { judgementView } from "./judgement_view.js";
import { problemList } from "./states.js";

/**
 * @param {object} options
 * @param {import("../order_bench.js").OrderBench} options.bench
 * @param {object|null} options.company
 * @param {(status: object) => void} options.onStarted
 * @param {(documents: string[]) => void} options.onDeselect
 * @param {() => void} options.onStale
 */
export function openInvoiceDialog({ bench, company, onStarted, onDeselect, onStale }) {
	let sending = false;
	let refusal = null;
	let chunkError = null;
	// The same request sent again after no answer must not start a second run; after an
	// answer, the next click is a new request.
	let key = null;

	const judgement = new Judgement(
		() => api.checkInvoices(bench.payload()),
		() => modal?.update(),
	);
	const modal = openModal({
		labelledBy: "invoice-title",
		testId: "invoice-dialog",
		mayClose: () => !sending,
		template: () => content(),
		onClose: () => judgement.stop(),
	});
	judgement.later();

	async function create() {
		sending = true;
		refusal = null;
		key ??= newKey();
		modal.update();
		try {
			const status = await api.createInvoices({ ...bench.payload(), priority: bench.options.priority, idempotency_key: key });
			sending = false;
			modal.close();
			onStarted(status);
			return;
		} catch (failure) {
			refusal = failure;
			if (!failure.isUnreachable) {
				key = null;
				onStale();
			}
		}
		sending = false;
		modal.update();
		modal.element.querySelector(".modal-error")?.focus();
	}

	/** Another choice is another request, and judged anew. */
	function choose(changes, { judge = true } = {}) {
		Object.assign(bench.options, changes);
		key = null;
		refusal = null;
		if (judge) {
			judgement.later();
		} else {
			modal.update();
		}
	}

	function chooseChunk({ value, error }) {
		chunkError = error;
		choose({ chunkSize: value }, { judge: false });
	}

	function deselect(problems) {
		onDeselect(problems.map((problem) => problem.document));
		key = null;
		if (bench.selection.size === 0) {
			modal.close();
		} else {
			judgement.later();
		}
	}

	function obstacle() {
		return sending || judgement.asking || judgement.error || chunkError || !judgement.answer?.ready;
	}

	function content() {
		const ready = judgement.answer?.ready ?? 0;
		return html`<form class="modal-form" method="dialog" @submit=${(event) => event.preventDefault()}>
			<header class="modal-head">
				<h2 id="invoice-title">Create invoices of ${plural(bench.selection.size, "order")}</h2>
			</header>
			<div class="modal-body">
				${refusal ? refused() : nothing}
				${judgementView(judgement, { onDeselect: deselect, onAgain: () => judgement.now() })}
				${invoiceOptions({ options: bench.options, company, chunkError, onChoose: choose, onChunk: chooseChunk })}
				<p class="modal-promise">
					Each order stands for itself: one that cannot be invoiced is named with its reason and the rest go on. You can close the page: the
					run goes on.
				</p>
			</div>
			<footer class="modal-foot">
				<button type="button" class="button" ?disabled=${sending} @click=${() => modal.close()}>Back</button>
				<button type="button" class="button primary" data-testid="invoice-submit" ?disabled=${obstacle()} @click=${create}>
					${sending ? "Starting…" : refusal ? "Try again" : ready ? `Invoice ${plural(ready, "order")}` : "Create invoices"}
				</button>
			</footer>
		</form>`;
	}

	function refused() {
		const { problems } = refusal;
		const safe = refusal.isUnreachable ? " It is safe to try again: the same request is never carried out twice." : "";
		return html`<div class="modal-error" role="alert" tabindex="-1">
			<p>${problems.length ? "Nothing was changed." : `${refusal.message}${safe}`}</p>
			${problems.length ? problemList(problems) : nothing}
		</div>`;
	}

	return modal;
}
