/**
 * The foot of the component: cancel (asked once, in place), try again, close.
 */

import { el, setText, show } from "./dom.js";
import { cancelQuestion, isCancelling, retryLabel } from "./wording.js";

/**
 * @param {object} options
 * @param {object} options.feed
 * @param {(text: string, args?: any[]) => string} options.t
 * @param {(() => void)|null} options.onClose
 * @returns {{element: HTMLElement, render(state: object): void}}
 */
export function createCancelBar({ feed, t, onClose }) {
	let asking = false;
	let state = null;

	const background = el("p", { class: "hint", text: t("You can close this window: the run goes on in the background.") });
	const error = el("p", { class: "error", role: "alert", hidden: true });
	const cancel = el("button", {
		class: "button",
		type: "button",
		text: t("Cancel run"),
		"data-testid": "progress-cancel",
		onclick: () => ask(true),
	});
	const cancelling = el("span", { class: "cancelling", hidden: true }, el("span", { class: "spinner" }), t("Cancelling…"));
	const retry = el("button", { class: "button", type: "button", text: t("Try again"), onclick: () => feed.retry() });
	const close = el("button", { class: "button primary", type: "button", onclick: () => onClose?.() });
	const keep = el("button", { class: "button", type: "button", text: t("Keep going"), onclick: () => ask(false) });
	const confirm = el("button", {
		class: "button danger",
		type: "button",
		"data-testid": "progress-cancel-confirm",
		onclick: () => {
			asking = false;
			feed.cancel();
			render(feed.state);
			close.focus();
		},
	});
	const questionText = el("p", { class: "question-text" });
	const question = el(
		"div",
		{ class: "question", role: "group", "aria-label": t("Cancel this run?"), hidden: true },
		questionText,
		el("div", { class: "buttons" }, keep, confirm),
	);
	const buttons = el("div", { class: "buttons" }, cancel, cancelling, retry, onClose ? close : null);
	const row = el("div", { class: "foot-row" }, background, buttons);
	const element = el("footer", { class: "foot" }, error, question, row);

	// In a dialog Escape closes; while a question is open it answers “no” instead.
	question.addEventListener("keydown", (event) => {
		if (event.key === "Escape") {
			event.preventDefault();
			event.stopPropagation();
			ask(false);
		}
	});

	function ask(now) {
		asking = now;
		render(state);
		(now ? keep : cancel).focus();
	}

	function render(next) {
		state = next;
		if (!state) {
			return;
		}
		const { run } = state;
		const live = run.known && !run.ended && !state.fatal;
		const takesCancel = live && run.phase !== "undoing" && run.details.can_cancel !== false;
		const busy = isCancelling(state);
		if (!takesCancel || busy) {
			asking = false;
		}
		show(question, asking);
		show(row, !asking);
		show(cancel, takesCancel && !busy);
		show(cancelling, busy);
		show(retry, run.ended && Boolean(run.details.can_retry));
		retry.disabled = state.retrying;
		setText(retry, retryLabel(state, { t }));
		const { question: asked, answer } = cancelQuestion(state, { t });
		setText(questionText, asked);
		setText(confirm, answer);
		setText(close, live ? t("Continue in background") : t("Close"));
		show(background, Boolean(onClose) && live);
		setText(error, state.actionError ? t("That did not work: {0}", [state.actionError]) : "");
		show(error, Boolean(state.actionError));
		show(element, Boolean(onClose) || asking || !cancel.hidden || busy || !retry.hidden || Boolean(state.actionError));
	}

	return {
		element,
		render,
		/** @returns {boolean} whether there was a question to take back */
		dismissQuestion() {
			const was = asking;
			if (was) {
				ask(false);
			}
			return was;
		},
	};
}
