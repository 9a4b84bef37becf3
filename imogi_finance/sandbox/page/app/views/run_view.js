/** One run: its progress or outcome in place, and all its items. */

import { openBatchProgress } from "/assets/imogi_finance/js/batch_progress.js";
import { html, nothing } from "/assets/imogi_finance/js/vendor/lit-html/lit-html.js";
import { api } from "../api.js";
import { isInvoicing } from "../live_runs.js";
import { Loader } from "../loader.js";
import { formatMoney } from "/assets/imogi_finance/js/selection/money.js";
import { progressFormat } from "../progress_host.js";
import { runHref, transactionHref } from "../router.js";
import { countText } from "../text.js";
import { badge, emptyState, whenLoaded } from "./states.js";

const PAGE = 50;
const ALL_AND_FAILED = [
	{ status: "", label: "All" },
	{ status: "Failed", label: "Failed" },
];
const FILTERS = {
	"All or Nothing": [...ALL_AND_FAILED, { status: "Undo Failed", label: "Could not be undone" }],
	"Per Item": [...ALL_AND_FAILED, { status: "Skipped", label: "Left out" }, { status: "Succeeded", label: "Done" }],
};

/** @param {object} context @param {string} jobId */
export function createRunView(context, jobId) {
	const host = document.createElement("div");
	host.className = "panel run-progress";
	let handle = null;
	let status = "";
	let offset = 0;
	let loadedAt = 0;
	const run = new Loader(() => api.run(jobId), context.requestRender);
	const items = new Loader(() => api.items(jobId, { status, offset, limit: PAGE }), context.requestRender);

	function reload() {
		loadedAt = Date.now();
		run.load();
		items.load();
	}

	function page(changes) {
		({ status = status, offset = offset } = changes);
		items.load();
	}

	return {
		title: jobId,
		start() {
			reload();
			handle = openBatchProgress({
				jobId,
				transport: context.transport,
				container: host,
				format: progressFormat,
				headingLevel: 1,
				onEnd: reload,
				onAgain() {
					context.liveRuns.refresh();
					reload();
				},
				onJob: (next) => {
					context.liveRuns.refresh();
					location.hash = runHref(next);
				},
			});
		},
		stop() {
			handle?.close();
			run.stop();
			items.stop();
		},
		onRuns() {
			const live = context.liveRuns.live.some((one) => one.job_id === jobId);
			if (live && !items.loading && Date.now() - loadedAt > 2_500) {
				loadedAt = Date.now();
				items.load();
			}
		},
		template: () => html`
			<nav class="crumbs" aria-label="Where you are">
				<a href="#/runs">Runs</a><span>${jobId}</span>
				${run.data?.bank_transaction
					? html`<a class="crumb-end" href=${transactionHref(run.data.bank_transaction)}>Open ${run.data.bank_transaction}</a>`
					: run.data && isInvoicing(run.data)
						? html`<a class="crumb-end" href="#/orders">Orders to invoice</a>`
						: nothing}
			</nav>
			${whenLoaded(run, () => host, "the run")}
			${run.data ? itemsPanel() : nothing}
		`,
	};

	function itemsPanel() {
		return html`<section class="panel" aria-labelledby="items-title">
			<div class="panel-head">
				<h2 class="panel-title" id="items-title">Items</h2>
				<div class="segments" role="group" aria-label="Which items">
					${(FILTERS[run.data.policy] ?? ALL_AND_FAILED).map(
						(one) => html`<button aria-pressed=${one.status === status} @click=${() => page({ status: one.status, offset: 0 })}>
							${one.label}
						</button>`,
					)}
				</div>
			</div>
			${whenLoaded(items, (data) => itemsTable(data), "the items")}
		</section>`;
	}

	function itemsTable({ items: rows, total }) {
		if (rows.length === 0) {
			return emptyState(status ? "None" : "No items yet", status ? "No item of this run is in this state." : "They appear when the run begins.");
		}
		const exponent = run.data.exponent ?? 2;
		return html`<div class="table-wrap">
				<table class="table table-cards">
					<thead>
						<tr>
							<th scope="col" class="number">#</th>
							<th scope="col">Document</th>
							<th scope="col">Status</th>
							<th scope="col">Result or reason</th>
							<th scope="col" class="number">Amount</th>
						</tr>
					</thead>
					<tbody>
						${rows.map(
							(row) => html`<tr data-testid="item-row">
								<td class="number dim cell-position">${countText(row.position)}</td>
								<td class="cell-main nowrap">${row.name}<span class="sub">${row.doctype}</span></td>
								<td class="cell-state">${badge(row.status)}</td>
								<td class="cell-reason">
									${row.error ? html`<span class="reason">${row.error}</span>` : nothing}
									${row.result ? html`<span class=${row.error ? "sub" : ""}>${row.result}</span>` : nothing}
									${row.attempt > 1 ? html`<span class="sub">Attempt ${row.attempt}</span>` : nothing}
								</td>
								<td class="number nowrap" data-label="Amount">${formatMoney(row.amount, exponent)}</td>
							</tr>`,
						)}
					</tbody>
				</table>
			</div>
			<div class="pager">
				<span>${countText(offset + 1)}–${countText(offset + rows.length)} of ${countText(total)}</span>
				<button class="button" ?disabled=${offset === 0} @click=${() => page({ offset: Math.max(0, offset - PAGE) })}>Previous</button>
				<button class="button" ?disabled=${offset + PAGE >= total} @click=${() => page({ offset: offset + PAGE })}>Next</button>
			</div>`;
	}
}
