/** Starts the page: one render of everything, asked for by whoever changed something. */

import { render } from "/assets/imogi_finance/js/vendor/lit-html/lit-html.js";
import { api } from "./api.js";
import { createLiveRuns } from "./live_runs.js";
import { createProgressHost } from "./progress_host.js";
import { parseHash, runHref } from "./router.js";
import { createTransport } from "./transport.js";
import { createHistoryView } from "./views/history_view.js";
import { createOrdersView } from "./views/orders_view.js";
import { createRunView } from "./views/run_view.js";
import { createRunsView } from "./views/runs_view.js";
import { shellTemplate } from "./views/shell.js";
import { createTransactionView } from "./views/transaction_view.js";
import { createTransactionsView } from "./views/transactions_view.js";

const VIEWS = {
	transactions: createTransactionsView,
	transaction: createTransactionView,
	orders: createOrdersView,
	history: createHistoryView,
	runs: createRunsView,
	run: createRunView,
};

const COMPANY_AGAIN_MS = 5_000;
const root = document.getElementById("app");
const transport = createTransport();
let view = null;
let frame = 0;

const context = {
	transport,
	company: null,
	notices: [],
	requestRender,
	/** Shows a short message with a link to more; it goes away by itself. */
	notify(notice) {
		context.notices = [...context.notices.filter((other) => other.id !== notice.id), notice].slice(-3);
		setTimeout(() => context.dismiss(notice.id), 12_000);
		requestRender();
	},
	dismiss(id) {
		context.notices = context.notices.filter((notice) => notice.id !== id);
		requestRender();
	},
};
context.progress = createProgressHost(context);
context.liveRuns = createLiveRuns({
	transport,
	onChange() {
		view?.onRuns?.();
		requestRender();
	},
	onEnded(run) {
		if (!context.progress.isShowing(run.job_id) && location.hash !== runHref(run.job_id)) {
			context.notify({ id: run.job_id, run });
		}
	},
});

function requestRender() {
	if (!frame) {
		frame = requestAnimationFrame(renderNow);
	}
}

function renderNow() {
	frame = 0;
	const place = parseHash(location.hash);
	render(shellTemplate(context, place, view.template()), root);
	view.afterRender?.();
	const live = context.liveRuns.live[0];
	const ahead = live && live.total ? `${Math.floor((100 * live.current) / live.total)} % · ` : "";
	document.title = `${ahead}${view.title} · IMOGI Finance`;
}

function route() {
	view?.stop();
	context.progress.close();
	const place = parseHash(location.hash);
	view = VIEWS[place.page](context, place.name);
	view.start();
	renderNow();
	window.scrollTo(0, 0);
}

function followHash() {
	route();
	// A screen reader should hear that the page is another one.
	root.querySelector("h1")?.focus({ preventScroll: true });
}

/** Until somebody works runs, that nobody does is on the screen: it must not stay there when it has changed. */
async function loadCompany() {
	try {
		context.company = await api.company();
		requestRender();
	} catch {
		// Asked for again below.
	}
	if (!context.company?.queue.workers) {
		setTimeout(loadCompany, COMPANY_AGAIN_MS);
	}
}

if (window.matchMedia("(prefers-color-scheme: dark)").matches) {
	document.documentElement.dataset.theme = "dark";
}
window.addEventListener("hashchange", followHash);
window.addEventListener("resize", requestRender);
window.addEventListener("pagehide", () => view.keep?.());
route();
loadCompany();
context.liveRuns.refresh();
