/**
 * The page Batch Health: asks how the app fares, again every few seconds while somebody
 * looks, and draws it. What it learned last stays on the screen when the server is silent.
 */

import { cancelQuestion } from "../../batch_progress/wording.js";
import { render } from "../../vendor/lit-html/lit-html.js";
import { runInUserLanguage } from "../sentences.js";
import { read } from "../server.js";
import { transport } from "../transport.js";
import { t } from "../voice.js";
import { healthView } from "./health_view.js";

const METHOD = "imogi_finance.imogi_finance.page.batch_health.batch_health.health";
const EVERY_MS = 5_000;
const TICK_MS = 1_000; // leases run down between two looks

/**
 * @param {object} options
 * @param {object} options.page  Frappe's page
 * @param {HTMLElement} options.wrapper  what Frappe shows and hides
 * @returns {{refresh(): Promise<void>}}
 */
export function openHealth({ page, wrapper }) {
	const state = { health: null, error: null, receivedAt: 0, busy: new Set(), refused: null };
	const element = document.createElement("div");
	element.className = "imogi-health";
	page.main.append(element);
	let timer = null;
	let asked = 0; // a slow answer must not replace a later one
	let asking = false;

	const actions = { refresh: look, cancel, retry };
	const button = page.add_inner_button(t("Refresh"), () => look());

	function draw() {
		const elapsed = state.receivedAt ? (performance.now() - state.receivedAt) / 1000 : 0;
		render(healthView({ ...state, elapsed, asking }, actions), element);
		button?.prop("disabled", asking);
	}

	async function look() {
		clearTimeout(timer);
		const question = (asked += 1);
		asking = true;
		draw();
		try {
			const found = await read(METHOD);
			if (question !== asked) {
				return;
			}
			state.health = {
				...found,
				live: found.live.map(runInUserLanguage),
				needing: found.needing.map(runInUserLanguage),
			};
			state.receivedAt = performance.now();
			state.error = null;
		} catch (error) {
			if (question !== asked) {
				return;
			}
			state.error = error;
		}
		asking = false;
		draw();
		if (isSeen()) {
			timer = setTimeout(look, EVERY_MS);
		}
	}

	function cancel(run) {
		frappe.confirm(cancelQuestion({ run: { details: run } }, { t }).question, () => act(run, () => transport.cancel(run.job_id)));
	}

	function retry(run) {
		return act(run, () => transport.retry(run.job_id));
	}

	/** Does something to a run; where it is refused, the reason stands beside it until the next attempt. */
	async function act(run, doIt) {
		state.busy.add(run.job_id);
		state.refused = null;
		draw();
		try {
			await doIt();
		} catch (error) {
			state.refused = { run: run.job_id, error };
		}
		state.busy.delete(run.job_id);
		await look();
	}

	function isSeen() {
		return !document.hidden && $(wrapper).is(":visible");
	}

	function seenAgain() {
		clearTimeout(timer);
		if (isSeen()) {
			look();
		}
	}

	document.addEventListener("visibilitychange", seenAgain);
	$(wrapper).on("show", seenAgain);
	$(wrapper).on("hide", () => clearTimeout(timer));
	setInterval(() => isSeen() && draw(), TICK_MS);
	look();
	return { refresh: look };
}
