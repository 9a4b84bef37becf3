/** The traffic light, in a sentence: everything works, or what is wrong and what to do. */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { count, t } from "../voice.js";
import { light, span } from "./spans.js";

/** @param {object} health @param {number} elapsed seconds since it was received */
export function verdict(health, elapsed) {
	return html`<section class="imogi-health__verdict ${health.level}" data-testid="health-verdict">
		<div class="imogi-health__headline">
			${light(health.level)}
			<div>
				<h2 role="status">${headline(health)}</h2>
				<p class="text-muted">
					<span>${activity(health)}</span>
					<span class="imogi-health__age">${t("Looked {0} ago", [span(elapsed)])}</span>
				</p>
			</div>
		</div>
		${health.findings.length
			? html`<ul class="imogi-health__findings">
					${health.findings.map(finding)}
				</ul>`
			: nothing}
	</section>`;
}

function headline({ level, findings }) {
	const bad = findings.filter((finding) => finding.level === "bad").length;
	if (level === "good") {
		return t("Everything works");
	}
	if (level === "warn") {
		return findings.length === 1 ? t("It works; one thing is worth a look") : t("It works; {0} things are worth a look", [count(findings.length)]);
	}
	return bad === 1 ? t("One thing is wrong") : t("{0} things are wrong", [count(bad)]);
}

function activity({ live_total: live }) {
	return live === 0 ? t("No run is live.") : live === 1 ? t("One run is live.") : t("{0} runs are live.", [count(live)]);
}

function finding({ code, level, said, remedy, runs, error_log: log }) {
	const one = runs.length === 1 ? runs[0] : null;
	return html`<li data-testid="finding" data-code=${code}>
		${light(level)}
		<div><b>${said}</b> <span>${remedy}</span></div>
		${one ? html`<a class="btn btn-default btn-xs" href=${frappe.utils.get_form_link("Batch Run", one)}>${t("Open")}</a>` : nothing}
		${log ? html`<a class="btn btn-default btn-xs" href=${frappe.utils.get_form_link("Error Log", log)}>${t("Error Log")}</a>` : nothing}
	</li>`;
}
