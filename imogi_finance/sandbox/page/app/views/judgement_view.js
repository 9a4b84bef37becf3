/** What the server says of the chosen orders: how many are ready, which are left out, what is wrong with others. */

import { html, nothing } from "/assets/imogi_finance/js/vendor/lit-html/lit-html.js";
import { formatMoneyOf } from "/assets/imogi_finance/js/selection/money.js";
import { countText, plural } from "../text.js";
import { problemList } from "./states.js";

/**
 * @param {import("../judgement.js").Judgement} judgement
 * @param {{onDeselect: (problems: object[]) => void, onAgain: () => void}} actions
 */
export function judgementView(judgement, actions) {
	const { answer, error, asking } = judgement;
	return html`<section class="judgement" aria-label="What will happen" aria-busy=${asking} data-testid="judgement">
		${answer ? told(answer, asking, actions) : nothing}
		${error ? wrong(error, asking, actions) : nothing}
		${!answer && !error ? html`<p class="judgement-wait" role="status"><span class="spinner"></span> Looking at the orders…</p>` : nothing}
	</section>`;
}

function told(answer, asking, actions) {
	const { ready, amount, currency, exponent } = answer;
	return html`<div class=${asking ? "judgement-old" : ""}>
		<div class="confirm-total" role="status">
			<span class="confirm-amount" data-testid="judgement-ready">${ready ? formatMoneyOf(amount, currency, exponent) : "Nothing to invoice"}</span>
			<span class="confirm-difference ${ready === answer.orders ? "exact" : ""}" data-testid="judgement-words">
				${words(answer)}
			</span>
		</div>
		${listed(answer.problems, answer.problems_total, problemsTitle(answer), "judgement-problems", html`<button
				type="button"
				class="button"
				data-testid="deselect-problems"
				?disabled=${asking}
				@click=${() => actions.onDeselect(answer.problems)}
			>
				Deselect ${answer.problems.length < answer.problems_total ? "those shown" : answer.bad === 1 ? "it" : "them"}
			</button>`)}
		${listed(answer.left_out, answer.left_out_total, `${plural(answer.left_out_total, "order")} on hold or closed, left out`, "judgement-left-out")}
	</div>`;
}

function words({ orders, ready, left_out_total: leftOut, bad }) {
	if (ready === orders) {
		return ready === 1 ? "It can be invoiced" : `All ${countText(ready)} orders can be invoiced`;
	}
	const parts = [`${countText(ready)} of ${plural(orders, "order")} can be invoiced`];
	if (bad) {
		parts.push(`${countText(bad)} cannot`);
	}
	if (leftOut) {
		parts.push(`${countText(leftOut)} left out`);
	}
	return parts.join(", ");
}

function problemsTitle({ ready, bad }) {
	const what = `${plural(bad, "order")} cannot be invoiced`;
	// A run says so of them too, and can be retried when they are mended.
	return ready ? `${what}. The run will name ${bad === 1 ? "it" : "them"}, to be tried again once mended` : what;
}

function listed(problems, total, title, testId, action = nothing) {
	if (total === 0) {
		return nothing;
	}
	return html`<details class="judged" data-testid=${testId} ?open=${testId === "judgement-problems"}>
		<summary>${title}.</summary>
		<div class="judged-list">${problemList(problems)}</div>
		${problems.length < total ? html`<p class="sub">The first ${countText(problems.length)} of ${countText(total)} are named.</p>` : nothing}
		${action}
	</details>`;
}

function wrong(error, asking, { onAgain }) {
	return html`<div class="modal-error" role="alert" tabindex="-1" data-testid="judgement-error">
		<p>${error.problems.length ? "These orders cannot be invoiced so." : error.message}</p>
		${error.problems.length ? problemList(error.problems) : nothing}
		<button type="button" class="button" ?disabled=${asking} @click=${onAgain}>Look again</button>
	</div>`;
}
