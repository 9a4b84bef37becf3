/** The history of runs. */

import { html, nothing } from "/assets/imogi_finance/js/vendor/lit-html/lit-html.js";
import { repeat } from "/assets/imogi_finance/js/vendor/lit-html/directives/repeat.js";
import { api } from "../api.js";
import { isLive, subjectOf } from "../live_runs.js";
import { Loader } from "../loader.js";
import { formatMoney } from "/assets/imogi_finance/js/selection/money.js";
import { runHref } from "../router.js";
import { countText, durationText, timeText } from "../text.js";
import { badge, emptyState, whenLoaded } from "./states.js";

const PAGE = 50;

/** @param {object} context */
export function createRunsView(context) {
	let limit = PAGE;
	const loader = new Loader(() => api.runs({ limit }), context.requestRender);
	let hadLive = false;
	let lastLoad = 0;

	return {
		title: "Runs",
		start: () => loader.load(),
		stop: () => loader.stop(),
		onRuns() {
			// The chip's poll has news; this list is longer, and asks for itself.
			const hasLive = context.liveRuns.live.length > 0;
			if ((hasLive || hadLive) && !loader.loading && Date.now() - lastLoad > 2_500) {
				lastLoad = Date.now();
				loader.load();
			}
			hadLive = hasLive;
		},
		template: () => html`
			<h1 tabindex="-1">Runs</h1>
			${whenLoaded(loader, (data) => content(withLive(data), more), "the runs")}
		`,
	};

	function more() {
		limit += PAGE;
		loader.load();
	}

	function withLive({ runs, total }) {
		const live = new Map(context.liveRuns.live.map((run) => [run.job_id, run]));
		return { runs: runs.map((run) => live.get(run.job_id) ?? run), total };
	}
}

function content({ runs, total }, more) {
	if (runs.length === 0) {
		return emptyState(
			"There are no runs yet",
			"Open a bank transaction and select the invoices it has paid, or select orders to invoice. The run then appears here, with every step it took.",
			html`<a class="button primary" href="#/transactions">Go to the transactions</a>`,
		);
	}
	return html`
		<div class="table-wrap">
			<table class="table table-cards">
				<thead>
					<tr>
						<th scope="col">Run</th>
						<th scope="col">Status</th>
						<th scope="col">What became of it</th>
						<th scope="col" class="number">Amount</th>
						<th scope="col" class="number">Items</th>
						<th scope="col" class="number">Duration</th>
						<th scope="col">Started by</th>
					</tr>
				</thead>
				<tbody>
					${repeat(runs, (run) => run.job_id, line)}
				</tbody>
			</table>
		</div>
		${runs.length < total
			? html`<p class="table-note">
					${countText(runs.length)} of ${countText(total)} <button class="button" @click=${more}>Show more</button>
				</p>`
			: nothing}
	`;
}

function line(run) {
	const href = runHref(run.job_id);
	const open = (event) => {
		if (!event.target.closest("a") && !String(getSelection())) {
			location.hash = href;
		}
	};
	return html`<tr data-testid="run-row" data-job=${run.job_id} class="row-link" @click=${open}>
		<td class="cell-main"><a href=${href}>${subjectOf(run)}</a><span class="sub">${run.job_id}</span></td>
		<td class="cell-state">${badge(run.status)}</td>
		<td class="cell-reason">
			<span class="reason">${run.message}</span>
			${isLive(run) && run.total && run.phase !== "waiting"
				? html`<span class="mini-bar ${run.phase === "undoing" ? "mini-bar-warn" : ""}" aria-hidden="true"
						><span style="width:${Math.min(100, (100 * run.current) / run.total)}%"></span
					></span>`
				: nothing}
		</td>
		<td class="number nowrap" data-label="Amount"><span class="currency">${run.currency}</span> ${formatMoney(run.amount, run.exponent)}</td>
		<td class="number nowrap" data-label="Items">${counts(run)}</td>
		<td class="number nowrap" data-label="Duration">${run.started_at ? durationText(run.elapsed_seconds) : html`<span class="dim">–</span>`}</td>
		<td class="nowrap">${run.requested_by}<span class="sub">${timeText(run.created_at)}</span></td>
	</tr>`;
}

function counts(run) {
	const gaveUp = run.policy !== "Per Item" && ["Undoing", "Failed", "Cancelled", "Needs Attention"].includes(run.status);
	const more = [run.failed && `${countText(run.failed)} failed`, run.left_out && `${countText(run.left_out)} left out`].filter(Boolean);
	// What was done and then undone is not “done”.
	return html`${gaveUp ? `${countText(run.undone)} undone` : `${countText(run.succeeded)} done`}
		${more.length > 0 ? html`<span class="sub">${more.join(", ")}</span>` : nothing}`;
}
