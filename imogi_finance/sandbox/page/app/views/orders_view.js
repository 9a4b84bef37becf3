/** The orders with something to bill: choose among thousands, and invoice them in one run. */

import { html, nothing } from "/assets/imogi_finance/js/vendor/lit-html/lit-html.js";
import { loadDraft, saveDraft } from "/assets/imogi_finance/js/selection/draft.js";
import { isFiltering } from "/assets/imogi_finance/js/selection/row_filter.js";
import { RowGrid } from "/assets/imogi_finance/js/selection/row_grid.js";
import { api } from "../api.js";
import { foremost, isInvoicing, isLive } from "../live_runs.js";
import { Loader } from "../loader.js";
import { ORDER_TYPE, OrderBench } from "../order_bench.js";
import { countText, plural, todayIso } from "../text.js";
import { filterBar } from "./filter_bar.js";
import { openInvoiceDialog } from "./invoice_dialog.js";
import { describeOrder, ORDER_COLUMNS } from "./order_columns.js";
import { orderSummary } from "./order_summary.js";
import { emptyState, whenLoaded } from "./states.js";
import { lastRunNotice, liveNotice } from "./run_notices.js";

const NARROW = window.matchMedia("(max-width: 760px)");
const ROW_HEIGHT = { wide: 36, narrow: 78 }; // the stylesheets have the same two
const FILTER_WORDS = { party: "Customer", parties: "All customers", posted: "Ordered", search: "Search name, customer, reference" };

/** @param {object} context */
export function createOrdersView(context) {
	const bench = new OrderBench({ today: todayIso() });
	const rerender = context.requestRender;
	let drafted = 0;
	let chapter = null;

	const loader = new Loader(async () => {
		const orders = await api.orders();
		bench.setOrders(orders);
		return orders;
	}, rerender);
	const grid = new RowGrid({
		id: "orders",
		label: "Sales orders",
		rowTestId: "order-row",
		columns: ORDER_COLUMNS,
		describe: describeOrder,
		editsAmounts: false,
		list: () => bench.list,
		isSelected: (row) => bench.selection.has(row),
		onToggle: (rows, chosen) => {
			bench.toggle(rows, chosen);
			changed();
		},
		onSort: (column) => {
			bench.sortBy(column);
			grid.toTop();
			rerender();
		},
		requestRender: rerender,
		rowHeight: () => (NARROW.matches ? ROW_HEIGHT.narrow : ROW_HEIGHT.wide),
	});

	function changed() {
		clearTimeout(drafted);
		drafted = setTimeout(keep, 400);
		rerender();
	}

	function keep() {
		clearTimeout(drafted);
		saveDraft(ORDER_TYPE, bench.selection);
	}

	function filter(changes) {
		if (changes) {
			bench.setFilter(changes);
		} else {
			bench.clearFilter();
		}
		grid.toTop();
		rerender();
	}

	function clear() {
		bench.clearSelection();
		changed();
	}

	function showProgress(jobId) {
		context.progress.open(jobId, { onEnd: () => loader.load(), onAgain: () => loader.load() });
	}

	function invoice() {
		openInvoiceDialog({
			bench,
			company: context.company,
			onStarted(status) {
				clear();
				showProgress(status.job_id);
				context.liveRuns.refresh();
				loader.load();
			},
			onDeselect(documents) {
				bench.deselect(documents);
				changed();
			},
			onStale: () => loader.load(), // whatever the server objected to has changed meanwhile
		});
	}

	function content(orders) {
		if (orders.length === 0) {
			return emptyState(
				"Nothing is left to invoice",
				html`Every submitted order is billed. More can be imported:
					<code class="command">imogi-finance import orders FILE</code>`,
			);
		}
		const { list } = bench;
		return html`<section class="desk">
				<div class="desk-panel">
					${filterBar({ list, exponent: orders[0].exponent, onChange: filter, words: FILTER_WORDS, statuses: bench.statuses })}
					${toolbar(list)}
					${list.visible.length === 0
						? emptyState(
								"Nothing matches these filters",
								list.totals.count ? "What you selected stays selected." : "",
								html`<button class="button" @click=${() => filter(null)}>Clear filters</button>`,
							)
						: grid.template()}
				</div>
			</section>
			${orderSummary({ bench, onInvoice: invoice, onClear: clear })}`;
	}

	function toolbar(list) {
		const filtering = isFiltering(list.filter);
		return html`<div class="desk-tools">
			<span class="desk-count" role="status">
				${filtering ? `${countText(list.visible.length)} of ${countText(list.rows.length)} shown` : plural(list.rows.length, "order")}
			</span>
			<button
				class="link-button"
				data-testid="select-all-matching"
				?disabled=${list.free.length === 0 || list.allChosen}
				@click=${() => grid.onToggle(list.free, true)}
			>
				Select all ${list.free.length ? countText(list.free.length) : ""} ${filtering ? "that match" : ""}
			</button>
			${filtering ? html`<button class="link-button" @click=${() => filter(null)}>Clear filters</button>` : nothing}
		</div>`;
	}

	function runNotice() {
		const own = context.liveRuns.recent.filter(isInvoicing);
		const live = own.filter(isLive);
		const shown = foremost(live);
		if (shown) {
			return liveNotice(shown, () => showProgress(shown.job_id), { others: live.length - 1 });
		}
		return own.length > 0 ? lastRunNotice(own[0]) : nothing;
	}

	return {
		title: "Orders",
		start() {
			loadDraft(ORDER_TYPE, bench.selection);
			loader.load();
		},
		stop() {
			keep();
			loader.stop();
		},
		/** The tab may be reloaded before a change has settled. */
		keep,
		/** A run begun or ended, here or elsewhere, changes what is left to bill. */
		onRuns() {
			const now = context.liveRuns.chapter;
			if (chapter !== null && now !== chapter) {
				loader.load();
			}
			chapter = now;
		},
		afterRender: () => grid.afterRender(),
		template: () => html`
			<h1 tabindex="-1">Sales orders to invoice</h1>
			${runNotice()} ${whenLoaded(loader, content, "the sales orders")}
		`,
	};
}
