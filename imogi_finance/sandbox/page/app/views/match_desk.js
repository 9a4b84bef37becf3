/** Tabs, filters, list and summary of the matching desk. */

import { html, nothing } from "/assets/imogi_finance/js/vendor/lit-html/lit-html.js";
import { proposeMatch } from "/assets/imogi_finance/js/selection/auto_select.js";
import { formatMoney } from "/assets/imogi_finance/js/selection/money.js";
import { isFiltering } from "/assets/imogi_finance/js/selection/row_filter.js";
import { blockedReason } from "/assets/imogi_finance/js/selection/selection.js";
import { countText, plural } from "../text.js";
import { filterBar } from "./filter_bar.js";
import { describeInvoice, invoiceColumns, voucherColumns } from "./row_columns.js";
import { RowGrid } from "/assets/imogi_finance/js/selection/row_grid.js";
import { emptyState, whenLoaded } from "./states.js";
import { summaryBar } from "./summary_bar.js";
import { matchedRows } from "./transaction_parts.js";

const NARROW = window.matchMedia("(max-width: 760px)");
const ROW_HEIGHT = { wide: 36, narrow: 78 }; // the stylesheets have the same two

/**
 * @param {object} options
 * @param {import("/assets/imogi_finance/js/selection/workbench.js").Workbench} options.bench
 * @param {import("../loader.js").Loader} options.invoices
 * @param {import("../loader.js").Loader} options.vouchers
 * @param {() => void} options.rerender
 * @param {() => void} options.onChanged
 * @param {() => void} options.onSubmit
 */
export function createMatchDesk({ bench, invoices, vouchers, rerender, onChanged, onSubmit }) {
	let tab = "invoices";
	let proposal = null; // what “select what matches” has proposed last

	function changed(keepProposal = false) {
		if (!keepProposal) {
			proposal = null;
		}
		onChanged();
		rerender();
	}

	const grids = {
		invoices: new RowGrid({
			id: "invoices",
			label: "Unpaid invoices",
			rowTestId: "invoice-row",
			columns: invoiceColumns(bench, () => changed()),
			describe: (row) => describeInvoice(row, bench.transaction.exponent),
			...gridBase("invoices"),
		}),
		vouchers: new RowGrid({
			id: "vouchers",
			label: "Existing payments",
			rowTestId: "voucher-row",
			columns: voucherColumns(bench),
			describe: (row) => `${row.name}, ${row.party}, ${formatMoney(row.amount, bench.transaction.exponent)}`,
			...gridBase("vouchers"),
		}),
	};

	function gridBase(name) {
		return {
			list: () => bench.lists[name],
			isSelected: (row) => bench.selection.has(row),
			onToggle: (rows, chosen) => {
				bench.toggle(rows, chosen);
				changed();
			},
			onSort: (column) => {
				bench.sortBy(name, column);
				grids[name].toTop();
				rerender();
			},
			requestRender: rerender,
			rowHeight: () => (NARROW.matches ? ROW_HEIGHT.narrow : ROW_HEIGHT.wide),
		};
	}

	function filter(changes) {
		if (changes) {
			bench.setFilter(tab, changes);
		} else {
			bench.clearFilter(tab);
		}
		grids[tab].toTop();
		rerender();
	}

	function selectMatching() {
		const { rows } = bench.lists.invoices;
		const blocked = new Set(rows.filter(blockedReason));
		const found = proposeMatch(bench.lists.invoices.visible.filter((row) => !blocked.has(row)), bench.transaction.unallocated);
		bench.clearSelection();
		bench.toggle(found.rows, true);
		proposal = found;
		changed(true);
	}

	function fillRest() {
		const { row, amount } = proposal.next;
		bench.toggle([row], true);
		bench.setAmount(row, amount);
		proposal = { ...proposal, next: undefined };
		changed(true);
	}

	function proposalText() {
		if (!proposal) {
			return "";
		}
		const count = plural(proposal.rows.length, "invoice");
		return {
			all: `All ${count} add up exactly.`,
			one: "One invoice has exactly this amount.",
			party: `All ${count} of ${proposal.party} add up exactly.`,
			oldest: proposal.rows.length ? `The ${count} due first fit.` : "Not even the invoice due first fits.",
			none: "There is nothing to select.",
		}[proposal.how];
	}

	function tabButton(id, label, count) {
		const chosen = bench.lists[id]?.totals.count ?? 0;
		return html`<button
			role="tab"
			id="tab-${id}"
			data-testid="tab-${id}"
			aria-selected=${tab === id}
			aria-controls="desk-panel"
			tabindex=${tab === id ? 0 : -1}
			@click=${() => show(id)}
		>
			${label} <span class="count">${count === null ? "…" : countText(count)}</span>
			${chosen ? html`<span class="count count-chosen">${countText(chosen)} selected</span>` : nothing}
		</button>`;
	}

	function show(id) {
		tab = id;
		rerender();
	}

	function onTabKey(event, ids) {
		const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
		if (step) {
			show(ids[(ids.indexOf(tab) + step + ids.length) % ids.length]);
			requestAnimationFrame(() => document.getElementById(`tab-${tab}`)?.focus());
			event.preventDefault();
		}
	}

	function toolbar(list) {
		const shown = list.visible.length;
		const all = list.rows.length;
		const filtering = isFiltering(list.filter);
		return html`<div class="desk-tools">
			<span class="desk-count" role="status">
				${filtering ? `${countText(shown)} of ${countText(all)} shown` : plural(all, tab === "invoices" ? "invoice" : "payment")}
			</span>
			<button
				class="link-button"
				data-testid="select-all-matching"
				?disabled=${list.free.length === 0 || list.allChosen}
				@click=${() => grids[tab].onToggle(list.free, true)}
			>
				Select all ${list.free.length ? countText(list.free.length) : ""} ${filtering ? "that match" : ""}
			</button>
			${tab === "invoices"
				? html`<button
						class="link-button"
						data-testid="select-matching"
						?disabled=${list.free.length === 0}
						title="All if they add up, else one invoice or one party that does, else the ones due first up to the amount"
						@click=${selectMatching}
					>
						Select what matches the line
					</button>`
				: nothing}
			${filtering ? html`<button class="link-button" @click=${() => filter(null)}>Clear filters</button>` : nothing}
		</div>`;
	}

	function listTemplate() {
		const list = bench.lists[tab];
		if (list.rows.length === 0) {
			return tab === "invoices"
				? emptyState(
						"No unpaid invoice fits this transaction",
						html`It looks for unpaid ${bench.transaction.direction === "deposit" ? "sales" : "purchase"} invoices and returns of
							${bench.transaction.company} in ${bench.transaction.currency}. Perhaps a payment exists already: look under
							Existing payments.`,
					)
				: emptyState("No payment waits for this statement", "Payments that were submitted but are not on a statement yet would be listed here.");
		}
		return html`
			${filterBar({ list, canBeOverdue: tab === "invoices", exponent: bench.transaction.exponent, onChange: filter })}
			${toolbar(list)}
			${list.visible.length === 0
				? emptyState(
						"Nothing matches these filters",
						bench.totals.count ? "What you selected stays selected." : "",
						html`<button class="button" @click=${() => filter(null)}>Clear filters</button>`,
					)
				: grids[tab].template()}
		`;
	}

	return {
		/** After a submit: nothing is chosen, nothing is proposed. */
		reset() {
			bench.clearSelection();
			changed();
		},
		/** Unticks the documents the server objected to (`Purchase Invoice PINV-00012`). */
		deselect(documents) {
			const named = new Set(documents);
			for (const { rows } of Object.values(bench.lists)) {
				bench.toggle(rows.filter((row) => named.has(`${row.doctype} ${row.name}`)), false);
			}
			changed();
		},
		afterRender() {
			grids[tab]?.afterRender();
		},
		template(matched, matchedTotal) {
			const ids = ["invoices", "vouchers", ...(matchedTotal ? ["matched"] : [])];
			if (!ids.includes(tab)) {
				tab = "invoices";
			}
			const loader = tab === "vouchers" ? vouchers : invoices;
			return html`
				<section class="desk">
					<div class="tabs" role="tablist" aria-label="Documents" @keydown=${(event) => onTabKey(event, ids)}>
						${tabButton("invoices", "Unpaid invoices", invoices.data && bench.lists.invoices.rows.length)}
						${tabButton("vouchers", "Existing payments", vouchers.data && bench.lists.vouchers.rows.length)}
						${matchedTotal ? tabButton("matched", "Already matched", matchedTotal) : nothing}
					</div>
					<div id="desk-panel" class="desk-panel" role="tabpanel" aria-labelledby="tab-${tab}">
						${tab === "matched"
							? matchedRows(matched, matchedTotal, bench.transaction)
							: whenLoaded(loader, listTemplate, tab === "invoices" ? "the unpaid invoices" : "the existing payments")}
					</div>
				</section>
				${summaryBar({
					bench,
					onSubmit,
					onClear: this.reset,
					onFillRest: proposal?.next ? fillRest : null,
					fillLabel: proposal?.next ? `Part-pay ${proposal.next.row.name} with the remaining ${formatMoney(proposal.next.amount, bench.transaction.exponent)}` : "",
					proposal: proposalText(),
				})}
			`;
		},
	};
}
