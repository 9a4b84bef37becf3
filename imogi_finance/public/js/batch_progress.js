/**
 * Progress of one durable batch run, as a dialog or inline. Plain ES module without
 * dependencies: the ERPNext Desk and the sandbox page use this same file.
 *
 *   import { openBatchProgress } from "/assets/imogi_finance/js/batch_progress.js";
 *
 *   const progress = openBatchProgress({
 *     jobId: "JOB-00001",
 *     transport,                 // status, items, cancel, retry, subscribe: see feed.js
 *     container: element,        // inline in a form; left out: a modal dialog
 *     translate: __,             // (text, args) => text, with {0} placeholders
 *     format: { money, number }, // any of the formats in format.js
 *     locale: "en",
 *     linkTo: (doctype, name) => `/app/...`,
 *     resultsOf: (run) => ({ href, text }), // where what it has made is listed; null for nowhere
 *     onEnd: (status) => {},     // once per end; again after a retry has ended
 *     onClose: () => {},
 *     onJob: (jobId) => {},      // a retry goes on under another job id
 *     onAgain: () => {},         // an ended run works again, by a retry here or elsewhere
 *   });
 *   progress.close();
 *
 * Its stylesheets are css/batch_progress.css and css/batch_progress_list.css; the host loads them.
 */

import { createFeed } from "./batch_progress/feed.js";
import { createFormat, plainTranslate } from "./batch_progress/format.js";
import { createView } from "./batch_progress/view.js";

/**
 * @param {object} options
 * @param {string} options.jobId
 * @param {import("./batch_progress/feed.js").Transport} options.transport
 * @param {HTMLElement} [options.container]
 * @param {(text: string, args?: any[]) => string} [options.translate]
 * @param {object} [options.format]
 * @param {string} [options.locale]
 * @param {(doctype: string, name: string) => string|null} [options.linkTo]
 * @param {(run: object) => ({href: string, text: string}|null)} [options.resultsOf]
 * @param {number} [options.headingLevel]
 * @param {(status: object) => void} [options.onEnd]
 * @param {() => void} [options.onClose]
 * @param {(jobId: string) => void} [options.onJob]
 * @param {() => void} [options.onAgain]
 * @returns {{close(): void, element: HTMLElement}}
 */
export function openBatchProgress({
	jobId,
	transport,
	container,
	translate = plainTranslate,
	format,
	locale,
	linkTo,
	resultsOf,
	headingLevel,
	onEnd,
	onClose,
	onJob,
	onAgain,
}) {
	let endTold = false;
	let closed = false;
	const inDialog = !container;

	const feed = createFeed({
		jobId,
		transport,
		onJob,
		onChange(state) {
			if (closed) {
				return;
			}
			view.render(state);
			if (state.run.ended && !endTold) {
				endTold = true;
				onEnd?.(state.run.details);
			} else if (!state.run.ended && endTold) {
				endTold = false;
				onAgain?.();
			}
		},
	});
	const view = createView({
		feed,
		transport,
		t: translate,
		format: { ...createFormat(locale), ...format },
		linkTo,
		resultsOf,
		headingLevel,
		onClose: inDialog ? () => close() : null,
	});
	const element = inDialog ? createDialog(view) : view.element;

	const ticker = setInterval(() => view.tick(), 1000);

	function close() {
		if (closed) {
			return;
		}
		closed = true;
		clearInterval(ticker);
		feed.stop();
		view.destroy();
		if (inDialog && element.open) {
			element.close(); // gives the focus back to where it was
		}
		element.remove();
		onClose?.();
	}

	if (inDialog) {
		element.addEventListener("close", close);
		document.body.append(element);
		element.showModal();
	} else {
		container.append(element);
	}
	feed.start();
	return { close, element };
}

function createDialog(view) {
	const dialog = document.createElement("dialog");
	dialog.className = "imogi-progress-dialog";
	dialog.dataset.testid = "progress-dialog";
	dialog.setAttribute("aria-labelledby", view.titleId);
	dialog.append(view.element);
	// Desk has keyboard shortcuts of its own; none of them is meant for what is behind.
	dialog.addEventListener("keydown", (event) => event.stopPropagation());
	return dialog;
}
