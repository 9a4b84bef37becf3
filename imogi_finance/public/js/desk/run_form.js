/**
 * What stands on top of a Batch Run's form: its live progress with Cancel and Try Again,
 * and its documents. The form's own fields follow the same news.
 */

import { openBatchProgress } from "../batch_progress.js";
import { progressOptions } from "./progress.js";
import { createRunItems } from "./run_items.js";

/** Fields of the form that a status or an event carries under the same name. */
const FOLLOWING = ["status", "processed", "succeeded", "failed", "undone"];

/** One panel a form: Frappe keeps one form for all runs. @type {WeakMap<object, {run: string, close(): void}>} */
const panels = new WeakMap();

/** Shows the run of the form; called with each refresh. @param {object} frm */
export function attachToBatchRun(frm) {
	const shown = panels.get(frm);
	if (shown?.run === frm.doc.name) {
		return;
	}
	shown?.close();
	panels.set(frm, openPanel(frm));
	// Out of sight nobody needs to listen; the form is refreshed when it is shown again.
	$(frm.wrapper)
		.off("hide.imogi-run")
		.on("hide.imogi-run", () => {
			panels.get(frm)?.close();
			panels.delete(frm);
		});
}

function openPanel(frm) {
	const run = frm.doc.name;
	const element = document.createElement("div");
	element.className = "imogi-run-panel";
	frm.layout.wrapper[0].prepend(element);
	const options = progressOptions();
	const items = createRunItems({ container: element, transport: options.transport });
	let endedBefore = null;
	let newest = "";

	function heard(news) {
		if (news.at) {
			if (news.at < newest) {
				return; // an event that was overtaken
			}
			newest = news.at;
		}
		items.show(news);
		if (news.job_id !== frm.doc.name) {
			return; // a retry under another name; the form follows at once
		}
		for (const field of FOLLOWING) {
			if (news[field] !== undefined && frm.doc[field] !== news[field]) {
				frm.doc[field] = news[field];
				frm.refresh_field(field);
			}
		}
		frm.toolbar.set_indicator();
		const ended = news.phase === "ended";
		if (ended && endedBefore === false) {
			frm.reload_doc(); // times, error and linked payments too
		}
		endedBefore = ended;
	}

	const progress = openBatchProgress({
		...options,
		jobId: run,
		container: element,
		transport: listened(options.transport, heard),
		onJob: (next) => frappe.set_route("Form", "Batch Run", next),
	});
	element.prepend(progress.element);

	return {
		run,
		close() {
			progress.close();
			items.stop();
			element.remove();
		},
	};
}

/** The transport, with whatever it brings told to `heard` too. */
function listened(base, heard) {
	const told = async (answer) => {
		const status = await answer;
		heard(status);
		return status;
	};
	return {
		...base,
		status: (jobId) => told(base.status(jobId)),
		cancel: (jobId) => told(base.cancel(jobId)),
		retry: (jobId) => told(base.retry(jobId)),
		subscribe: (jobId, handlers) =>
			base.subscribe(jobId, {
				...handlers,
				progress(event) {
					heard(event);
					handlers.progress?.(event);
				},
			}),
	};
}
