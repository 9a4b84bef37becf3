/** One bank transaction: its state, and the desk to match it with documents. */

import { html, nothing } from "/assets/imogi_finance/js/vendor/lit-html/lit-html.js";
import { api } from "../api.js";
import { loadDraft, saveDraft } from "/assets/imogi_finance/js/selection/draft.js";
import { isLive } from "../live_runs.js";
import { Loader } from "../loader.js";
import { todayIso } from "../text.js";
import { Workbench } from "/assets/imogi_finance/js/selection/workbench.js";
import { openConfirm } from "./confirm_dialog.js";
import { createMatchDesk } from "./match_desk.js";
import { whenLoaded } from "./states.js";
import { lastRunNotice, liveNotice } from "./run_notices.js";
import { matchedRows, transactionHead } from "./transaction_parts.js";

/** @param {object} context @param {string} name */
export function createTransactionView(context, name) {
	const bench = new Workbench({ today: todayIso() });
	const rerender = context.requestRender;
	let stopped = false;
	let drafted = 0;
	// Only the first look opens the dialog: whoever closed it wants to see the page.
	let offered = false;
	let lastRun = null;

	const detail = new Loader(async () => {
		const data = await api.transaction(name);
		bench.transaction = data.transaction;
		offerProgress();
		return data;
	}, rerender);
	const invoices = new Loader(() => take("invoices", api.invoices(name)), rerender);
	const vouchers = new Loader(() => take("vouchers", api.vouchers(name)), rerender);
	const desk = createMatchDesk({ bench, invoices, vouchers, rerender, onChanged: keepDraft, onSubmit: confirm });

	async function take(list, promise) {
		const rows = await promise;
		bench.setRows(list, rows);
		return rows;
	}

	function keepDraft() {
		clearTimeout(drafted);
		drafted = setTimeout(keep, 400);
	}

	function keep() {
		clearTimeout(drafted);
		saveDraft(name, bench.selection);
	}

	function offerProgress() {
		const { live_run: jobId } = bench.transaction;
		if (jobId && !offered && !stopped) {
			offered = true;
			showProgress(jobId);
		}
	}

	function showProgress(jobId) {
		context.progress.open(jobId, { onEnd: reload });
	}

	function reload() {
		if (!stopped) {
			detail.load();
			invoices.load();
			vouchers.load();
		}
	}

	function confirm() {
		openConfirm({
			bench,
			company: context.company,
			onStarted(status) {
				desk.reset();
				saveDraft(name, bench.selection);
				bench.transaction.live_run = status.job_id;
				offered = true;
				showProgress(status.job_id);
				context.liveRuns.refresh();
				reload();
			},
			onDeselect(documents) {
				desk.deselect(documents);
				reload(); // whatever the server objected to has changed meanwhile
			},
		});
	}

	return {
		title: name,
		start() {
			loadDraft(name, bench.selection);
			reload();
		},
		stop() {
			stopped = true;
			keep();
			[detail, invoices, vouchers].forEach((loader) => loader.stop());
		},
		/** The tab may be reloaded before a change has settled. */
		keep,
		/** A run begun or ended elsewhere changes what can be done here. */
		onRuns() {
			const shown = bench.transaction?.live_run ?? null;
			const live = context.liveRuns.live.find((run) => run.bank_transaction === name)?.job_id ?? null;
			const known = shown && context.liveRuns.find(shown); // it may be too old for the recent ones
			const ended = known && !isLive(known);
			const last = context.liveRuns.lastOf(name)?.job_id ?? "";
			lastRun ??= last;
			const missed = last !== lastRun; // it may even have ended since the last poll
			if (bench.transaction && !detail.loading) {
				lastRun = last;
				if (ended || missed || (live && live !== shown)) {
					reload();
				}
			}
		},
		afterRender: () => desk.afterRender(),
		template: () => html`
			<nav class="crumbs" aria-label="Where you are"><a href="#/transactions">Transactions</a><span>${name}</span></nav>
			${whenLoaded(detail, (data) => content(data), "the transaction")}
		`,
	};

	function content({ transaction, rows, rows_total: total }) {
		const last = context.liveRuns.lastOf(name);
		const open = transaction.status === "Unreconciled";
		return html`
			${transactionHead(transaction)}
			${transaction.live_run
				? liveNotice(context.liveRuns.live.find((run) => run.job_id === transaction.live_run), () => showProgress(transaction.live_run), { on: " on this transaction" })
				: last
					? lastRunNotice(last)
					: nothing}
			${open ? desk.template(rows, total) : matchedRows(rows, total, transaction)}
		`;
	}
}
