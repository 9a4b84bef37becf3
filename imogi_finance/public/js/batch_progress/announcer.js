/**
 * Decides what a screen reader is told, and when: every change of phase, each quarter,
 * new failures now and then — not every event. Pure.
 */

import { fractionOf } from "./model.js";
import { counter, headline, outcome, pace } from "./wording.js";

const MIN_BETWEEN_MS = 8_000;
const AT_LEAST_EVERY_MS = 45_000;

/** @returns {object} what was said last */
export function initialMemory() {
	return { key: null, quarter: 0, failed: 0, saidAt: -Infinity, down: false };
}

/**
 * @param {object} memory
 * @param {import("./feed.js").FeedState} state
 * @param {import("./wording.js").Voice} voice
 * @returns {{memory: object, text: string|null}}
 */
export function announce(memory, state, voice) {
	const { run } = state;
	const { t, now } = voice;
	if (!run.known) {
		return { memory, text: null };
	}
	const key = `${run.phase}/${run.ended ? run.status : headline(state, voice)}`;
	const quarter = Math.floor((fractionOf(run) ?? 0) * 4);
	const down = state.connectionKnown && !state.connected;
	const said = { ...memory, key, quarter, failed: run.failed, saidAt: now, down };

	if (key !== memory.key) {
		const { title, detail } = run.ended ? outcome(state, voice) : { title: headline(state, voice), detail: counter(state, voice) };
		return { memory: said, text: [title, detail].filter(Boolean).join(". ") };
	}
	if (run.ended || now - memory.saidAt < MIN_BETWEEN_MS) {
		return { memory, text: null };
	}
	if (down && !memory.down) {
		return { memory: said, text: t("The live connection is down. Progress is checked every 2 seconds.") };
	}
	const moved = quarter > memory.quarter || run.failed > memory.failed;
	if (moved || (run.phase !== "waiting" && now - memory.saidAt >= AT_LEAST_EVERY_MS)) {
		return { memory: said, text: [counter(state, voice), pace(state, voice)].filter(Boolean).join(", ") };
	}
	return { memory, text: null };
}
