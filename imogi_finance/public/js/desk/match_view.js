/** The first step: the transaction's facts, both lists with their filters, and the running total. */

import { proposeMatch } from "../selection/auto_select.js";
import { isFiltering } from "../selection/row_filter.js";
import { RowGrid } from "../selection/row_grid.js";
import { blockedReason } from "../selection/selection.js";
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { describeInvoice, invoiceColumns, voucherColumns } from "./columns.js";
import { createFilterControls } from "./filter_controls.js";
import { emptyState } from "./states.js";
import { summaryBar } from "./summary_bar.js";
import { transactionHead } from "./transaction_head.js";
import { count, t } from "./voice.js";

const NARROW = window.matchMedia("(max-width: 767px)");
const ROW_HEIGHT = { wide: 34, narrow: 78 }; // the stylesheet has the same two

/**
 * @param {object} options
 * @param {import("../selection/workbench.js").Workbench} options.bench
 * @param {() => void} options.requestRender
 * @param {() => void} options.onChanged  the selection is another one
 * @param {() => void} options.onSubmit
 */
export function createMatchView({ bench, requestRender, onChanged, onSubmit }) {
	let tab = "invoices";
	let proposal = null; // what “propose” has proposed last

	const grids = {
		invoices: new RowGrid({
			...gridBase("invoices"),
			label: t("Unpaid invoices"),
			rowTestId: "invoice-row",
			columns: invoiceColumns(bench, () => changed()),
			describe: (row) => describeInvoice(bench, row),
		}),
		vouchers: new RowGrid({
			...gridBase("vouchers"),
			label: t("Existing payments"),
			rowTestId: "voucher-row",
			columns: voucherColumns(bench),
			describe: (row) => `${row.name}, ${row.party}, ${bench.money.format(row.amount, bench.transaction.exponent)}`,
		}),
	};
	const filters = {
		invoices: createFilterControls({ name: "invoices", onChange: (changes) => filter("invoices", changes) }),
		vouchers: createFilterControls({ name: "vouchers", onChange: (changes) => filter("vouchers", changes) }),
	};

	function gridBase(name) {
		return {
			id: name,
			translate: t,
			rowHeight: () => (NARROW.matches ? ROW_HEIGHT.narrow : ROW_HEIGHT.wide),
			list: () => bench.lists[name],
			isSelected: (row) => bench.selection.has(row),
			onToggle: (rows, chosen) => {
				bench.toggle(rows, chosen);
				changed();
			},
			onSort: (column) => {
				bench.sortBy(name, column);
				grids[name].toTop();
				requestRender();
			},
			requestRender,
		};
	}

	function changed(keepProposal = false) {
		if (!keepProposal) {
			proposal = null;
		}
		onChanged();
		requestRender();
	}

	function filter(name, changes) {
		bench.setFilter(name, changes);
		grids[name].toTop();
		requestRender();
	}

	function clearFilter() {
		bench.clearFilter(tab);
		filters[tab].clear();
		grids[tab].toTop();
		requestRender();
	}

	function propose() {
		const free = bench.lists.invoices.visible.filter((row) => !blockedReason(row));
		proposal = proposeMatch(free, bench.transaction.unallocated);
		bench.clearSelection();
		bench.toggle(proposal.rows, true);
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
		const number = count(proposal.rows.length);
		switch (proposal.how) {
			case "all":
				return t("All {0} invoices add up exactly.", [number]);
			case "one":
				return t("One invoice has exactly this amount.");
			case "party":
				return t("All {0} invoices of {1} add up exactly.", [number, proposal.party]);
			case "oldest":
				return proposal.rows.length ? t("The {0} invoices due first fit.", [number]) : t("Not even the invoice due first fits.");
			default:
				return t("There is nothing to select.");
		}
	}

	function show(id, { focus = false } = {}) {
		tab = id;
		requestRender();
		if (focus) {
			requestAnimationFrame(() => document.getElementById(`imogi-tab-${id}`)?.focus());
		}
	}

	function onTabKey(event) {
		if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
			show(tab === "invoices" ? "vouchers" : "invoices", { focus: true });
			event.preventDefault();
		}
	}

	function tabButton(id, label) {
		const list = bench.lists[id];
		const chosen = list.totals.count;
		return html`<button
			type="button"
			role="tab"
			id="imogi-tab-${id}"
			class="imogi-pay__tab"
			data-testid="tab-${id}"
			aria-selected=${tab === id}
			aria-controls="imogi-pay-panel"
			tabindex=${tab === id ? 0 : -1}
			@click=${() => show(id)}
		>
			${label} <span class="imogi-pay__count">${count(list.rows.length)}</span>
			${chosen ? html`<span class="imogi-pay__count chosen">${t("{0} selected", [count(chosen)])}</span>` : nothing}
		</button>`;
	}

	function tools(list) {
		const filtering = isFiltering(list.filter);
		const shown = count(list.visible.length);
		const all = list.rows.length === 1 ? t("1 document") : t("{0} documents", [shown]);
		const said = filtering ? t("{0} of {1} shown", [shown, count(list.rows.length)]) : all;
		const label = filtering ? t("Select all {0} that match", [count(list.free.length)]) : t("Select all {0}", [count(list.free.length)]);
		return html`<div class="imogi-pay__tools">
			<span class="text-muted" role="status">${said}</span>
			<button
				type="button"
				class="btn btn-default btn-xs"
				data-testid="select-all-matching"
				?disabled=${list.free.length === 0 || list.allChosen}
				@click=${() => grids[tab].onToggle(list.free, true)}
			>
				${label}
			</button>
			${tab === "invoices"
				? html`<button
						type="button"
						class="btn btn-default btn-xs"
						data-testid="propose"
						?disabled=${list.free.length === 0}
						title=${t("All if they add up, else one invoice or one party that does, else the ones due first up to the amount")}
						@click=${propose}
					>
						${t("Propose what adds up")}
					</button>`
				: nothing}
			${filtering
				? html`<button type="button" class="btn btn-link btn-xs" data-testid="clear-filters" @click=${clearFilter}>${t("Clear filters")}</button>`
				: nothing}
		</div>`;
	}

	function panel() {
		const list = bench.lists[tab];
		if (list.rows.length === 0) {
			return tab === "invoices" ? noInvoices() : emptyState(t("No payment waits for this statement"), t("Payments that were submitted but are not on a bank transaction yet would be listed here."));
		}
		return html`
			${filters[tab].element} ${tools(list)}
			${list.visible.length === 0
				? emptyState(
						t("Nothing matches these filters"),
						bench.totals.count ? t("What you selected stays selected.") : nothing,
						html`<button type="button" class="btn btn-default btn-sm" @click=${clearFilter}>${t("Clear filters")}</button>`,
					)
				: grids[tab].template()}
		`;
	}

	function noInvoices() {
		const { direction, company, currency } = bench.transaction;
		const looked =
			direction === "deposit"
				? t("It looks for unpaid sales invoices, and purchase returns, of {0} in {1}.", [company, currency])
				: t("It looks for unpaid purchase invoices, and sales returns, of {0} in {1}.", [company, currency]);
		return emptyState(
			t("No unpaid invoice fits this bank transaction"),
			html`${looked} ${t("Perhaps a payment exists already: look under Existing payments.")}`,
		);
	}

	return {
		/** After new rows have come. */
		refresh() {
			filters.invoices.setRows(bench.lists.invoices);
			filters.vouchers.setRows(bench.lists.vouchers);
		},
		focus() {
			requestAnimationFrame(() => filters[tab].focus());
		},
		/** Unticks the documents the server objected to (`Purchase Invoice ACC-PINV-2026-00012`). */
		deselect(documents) {
			const named = new Set(documents);
			for (const { rows } of Object.values(bench.lists)) {
				bench.toggle(rows.filter((row) => named.has(`${row.doctype} ${row.name}`)), false);
			}
			changed();
		},
		afterRender() {
			grids[tab].afterRender();
		},
		destroy() {
			filters.invoices.destroy();
			filters.vouchers.destroy();
		},
		/** @param {{loading: boolean, error: Error|null, reload: () => void}} loading */
		template({ error, reload }) {
			return html`
				${transactionHead(bench.transaction)}
				${error
					? html`<div class="imogi-pay__stale" role="alert">
							${error.message} ${t("What you see may be out of date.")}
							<button type="button" class="btn btn-default btn-xs" @click=${reload}>${t("Try again")}</button>
						</div>`
					: nothing}
				<div class="imogi-pay__tabs" role="tablist" aria-label=${t("Documents")} @keydown=${onTabKey}>
					${tabButton("invoices", t("Unpaid invoices"))} ${tabButton("vouchers", t("Existing payments"))}
				</div>
				<div id="imogi-pay-panel" class="imogi-pay__panel" role="tabpanel" aria-labelledby="imogi-tab-${tab}">${panel()}</div>
				${summaryBar({
					bench,
					onSubmit,
					onClear: () => {
						bench.clearSelection();
						changed();
					},
					onFillRest: proposal?.next ? fillRest : null,
					fillLabel: proposal?.next
						? t("Part-pay {0} with the remaining {1}", [
								proposal.next.row.name,
								bench.money.format(proposal.next.amount, bench.transaction.exponent),
							])
						: "",
					proposal: proposal ? proposalText() : "",
				})}
			`;
		},
	};
}
