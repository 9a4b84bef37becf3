/** Opens the shared progress component with this page's formats, one dialog at a time. */

import { openBatchProgress } from "/assets/imogi_finance/js/batch_progress.js";
import { formatMoney } from "/assets/imogi_finance/js/selection/money.js";
import { isInvoicing } from "./live_runs.js";
import { runHref } from "./router.js";
import { plural, timeText } from "./text.js";

/** The formats the component uses, in this page's style. */
export const progressFormat = {
	money: (minor, currency, exponent) => `${currency ? `${currency} ` : ""}${formatMoney(minor, exponent)}`,
	time: timeText,
};

/** Where the invoices of a run are listed: its page names each beside its order. */
export function resultsOf({ jobId, details, succeeded }) {
	return isInvoicing(details) ? { href: runHref(jobId), text: `Show what became of ${plural(succeeded, "order")}` } : null;
}

/** The button that led here may be gone or disabled by now; the keyboard must not be lost. */
function keepPlace() {
	if (document.activeElement === document.body) {
		document.querySelector("main h1")?.focus({ preventScroll: true });
	}
}

/** @param {object} context */
export function createProgressHost(context) {
	let shown = null;

	function open(jobId, { onEnd, onAgain, onClose } = {}) {
		if (shown?.jobId === jobId) {
			return;
		}
		close();
		const own = { jobId, handle: null };
		shown = own;
		own.handle = openBatchProgress({
			jobId,
			transport: context.transport,
			format: progressFormat,
			resultsOf,
			onJob: (next) => {
				own.jobId = next;
				context.liveRuns.refresh();
			},
			onAgain: () => {
				context.liveRuns.refresh();
				onAgain?.();
			},
			onEnd: (status) => {
				context.liveRuns.refresh();
				onEnd?.(status);
			},
			onClose: () => {
				if (shown === own) {
					shown = null;
				}
				onClose?.();
				context.requestRender();
				requestAnimationFrame(keepPlace);
			},
		});
	}

	function close() {
		shown?.handle?.close();
		shown = null;
	}

	return { open, close, isShowing: (jobId) => shown?.jobId === jobId };
}
