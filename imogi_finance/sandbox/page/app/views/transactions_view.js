/** The list of bank transactions with their state. */

import { html, nothing } from "/assets/imogi_finance/js/vendor/lit-html/lit-html.js";
import { repeat } from "/assets/imogi_finance/js/vendor/lit-html/directives/repeat.js";
import { api } from "../api.js";
import { Loader } from "../loader.js";
import { formatMoney } from "/assets/imogi_finance/js/selection/money.js";
import { transactionHref } from "../router.js";
import { countText, dateText } from "../text.js";
import { badge, emptyState, whenLoaded } from "./states.js";

const TABS = [
	{ id: "open", label: "Open", has: (row) => row.status === "Unreconciled" },
	{ id: "reconciled", label: "Reconciled", has: (row) => row.status === "Reconciled" },
	{ id: "all", label: "All", has: () => true },
];

// Kept while the page is open: coming back from a transaction finds the list as it was.
const memory = { tab: "open", text: "" };

/** @param {object} context */
export function createTransactionsView(context) {
	const loader = new Loader(api.transactions, context.requestRender);
	let chapter = "";

	return {
		title: "Transactions",
		start: () => loader.load(),
		stop: () => loader.stop(),
		/** When a run begins or ends, the list is another. */
		onRuns() {
			if (context.liveRuns.chapter !== chapter) {
				chapter = context.liveRuns.chapter;
				loader.load();
			}
		},
		template: () => html`
			<h1 tabindex="-1">Bank transactions</h1>
			${whenLoaded(loader, (rows) => listTemplate(rows, context), "the bank transactions")}
		`,
	};
}

function listTemplate(rows, context) {
	if (rows.length === 0) {
		return emptyState(
			"There are no bank transactions yet",
			html`Fill the sandbox with sample data, then reload this page:
				<code class="command">imogi-finance init --sample 150</code>`,
		);
	}
	const words = memory.text.toLowerCase().split(/\s+/).filter(Boolean);
	const found = rows.filter((row) => words.every((word) => searchText(row).includes(word)));
	const tab = TABS.find((one) => one.id === memory.tab);
	const shown = found.filter(tab.has);
	const change = (changes) => {
		Object.assign(memory, changes);
		context.requestRender();
	};
	return html`
		<div class="toolbar">
			<div class="segments" role="group" aria-label="Which transactions">
				${TABS.map(
					(one) => html`<button aria-pressed=${one === tab} @click=${() => change({ tab: one.id })}>
						${one.label} <span class="count">${countText(found.filter(one.has).length)}</span>
					</button>`,
				)}
			</div>
			<input
				class="input search"
				type="search"
				aria-label="Search transactions"
				placeholder="Search name, description, account, amount"
				.value=${memory.text}
				@input=${(event) => change({ text: event.target.value })}
			/>
		</div>
		${shown.length === 0 ? nothingFound(tab, words, change) : table(shown, context)}
	`;
}

function nothingFound(tab, words, change) {
	if (words.length > 0) {
		return emptyState(
			"No transaction matches the search",
			tab.id === "all" ? "Try fewer words." : "Try fewer words, or look in all transactions.",
			html`<button class="button" @click=${() => change({ text: "", tab: "all" })}>Show all transactions</button>`,
		);
	}
	return emptyState(
		tab.id === "open" ? "Everything is reconciled" : "Nothing is reconciled yet",
		tab.id === "open"
			? "Every bank transaction has its documents. New statement lines appear here."
			: "Open a transaction and match it with the invoices it has paid.",
	);
}

function table(rows, context) {
	const live = new Map(context.liveRuns.live.map((run) => [run.job_id, run]));
	return html`<div class="table-wrap">
		<table class="table table-cards">
			<thead>
				<tr>
					<th scope="col">Transaction</th>
					<th scope="col">Date</th>
					<th scope="col">Bank account</th>
					<th scope="col">Direction</th>
					<th scope="col" class="number">Amount</th>
					<th scope="col" class="number">Unallocated</th>
					<th scope="col">State</th>
				</tr>
			</thead>
			<tbody>
				${repeat(
					rows,
					(row) => row.name,
					(row) => line(row, live.get(row.live_run)),
				)}
			</tbody>
		</table>
	</div>`;
}

function line(row, run) {
	const href = transactionHref(row.name);
	return html`<tr data-testid="transaction-row" data-name=${row.name} class="row-link" @click=${(event) => openRow(event, href)}>
		<td class="cell-main">
			<a href=${href}>${row.name}</a>
			<span class="sub">${row.description}</span>
		</td>
		<td class="nowrap">${dateText(row.date)}</td>
		<td>${row.bank_account}<span class="sub">${row.reference_number}</span></td>
		<td>${row.direction === "deposit" ? "Money in" : "Money out"}</td>
		<td class="number" data-label="Amount"><span class="currency">${row.currency}</span> ${formatMoney(row.amount, row.exponent)}</td>
		<td class="number" data-label="Unallocated">
			${row.unallocated ? formatMoney(row.unallocated, row.exponent) : html`<span class="dim">–</span>`}
		</td>
		<td class="cell-state">${row.live_run ? runningBadge(run) : badge(row.status)}</td>
	</tr>`;
}

function runningBadge(run) {
	if (run?.phase === "undoing") {
		return html`<span class="badge badge-warn">Undoing</span>`;
	}
	const share = run?.total && run.phase !== "waiting" ? ` ${Math.min(99, Math.floor((100 * run.current) / run.total))} %` : "";
	return html`<span class="badge badge-accent badge-live">Running${share || nothing}</span>`;
}

function openRow(event, href) {
	// The link in the row keeps its own ways (new tab, copy address).
	if (!event.target.closest("a") && !String(getSelection())) {
		location.hash = href;
	}
}

function searchText(row) {
	row.searchText ??= [
		row.name,
		row.description,
		row.bank_account,
		row.reference_number,
		row.date,
		formatMoney(row.amount, row.exponent),
		formatMoney(row.amount, row.exponent).replaceAll(",", ""),
	]
		.join(" ")
		.toLowerCase();
	return row.searchText;
}
