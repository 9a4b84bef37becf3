/**
 * How fast a run goes and how long it will still take, from what was observed here.
 *
 * Pure. Says nothing until it has seen enough to be honest, and nothing when the run
 * stands still: a made-up estimate is worse than none.
 */

const WINDOW_MS = 20_000; // the rate is that of the last seconds, not of the whole run
const SMOOTHING_MS = 5_000; // how quickly the shown rate follows the measured one
const MIN_SPAN_MS = 2_500;
const MIN_ITEMS = 3;
const STALL_FLOOR_MS = 12_000;

/**
 * @typedef {object} Rate
 * @property {string|null} key   the phase measured
 * @property {{t: number, current: number}[]} samples
 * @property {number|null} perSecond  smoothed
 * @property {number} longestGap  between two samples in which something moved (ms)
 */

/** @returns {Rate} */
export function initialRate() {
	return { key: null, samples: [], perSecond: null, longestGap: 0 };
}

/**
 * @param {Rate} rate
 * @param {{key: string, current: number, now: number}} seen
 * @returns {Rate}
 */
export function observe(rate, { key, current, now }) {
	const last = rate.samples[rate.samples.length - 1];
	if (rate.key !== key || (last && current < last.current)) {
		return { key, samples: [{ t: now, current }], perSecond: null, longestGap: 0 };
	}
	if (last && current === last.current) {
		return rate;
	}
	if (last && now <= last.t) {
		return rate;
	}
	const samples = [...rate.samples, { t: now, current }];
	while (samples.length > 2 && now - samples[1].t > WINDOW_MS) {
		samples.shift();
	}
	const first = samples[0];
	const span = now - first.t;
	const longestGap = last ? Math.max(rate.longestGap, now - last.t) : 0;
	if (span < MIN_SPAN_MS || current - first.current < MIN_ITEMS) {
		return { key, samples, perSecond: null, longestGap };
	}
	const measured = ((current - first.current) * 1000) / span;
	const weight = rate.perSecond === null ? 1 : 1 - Math.exp(-(now - last.t) / SMOOTHING_MS);
	const perSecond = rate.perSecond === null ? measured : rate.perSecond + weight * (measured - rate.perSecond);
	return { key, samples, perSecond, longestGap };
}

/**
 * @param {Rate} rate
 * @param {{total: number, now: number}} of
 * @returns {{perSecond: number|null, secondsLeft: number|null, stalledSeconds: number|null}}
 */
export function estimate(rate, { total, now }) {
	const last = rate.samples[rate.samples.length - 1];
	if (!last) {
		return { perSecond: null, secondsLeft: null, stalledSeconds: null };
	}
	const quiet = now - last.t;
	const done = total > 0 && last.current >= total;
	if (!done && quiet > Math.max(STALL_FLOOR_MS, 3 * rate.longestGap)) {
		return { perSecond: null, secondsLeft: null, stalledSeconds: quiet / 1000 };
	}
	if (rate.perSecond === null || rate.perSecond <= 0 || total <= 0 || done) {
		return { perSecond: done ? null : rate.perSecond, secondsLeft: null, stalledSeconds: null };
	}
	const left = (total - last.current) / rate.perSecond - quiet / 1000;
	return { perSecond: rate.perSecond, secondsLeft: Math.max(0, left), stalledSeconds: null };
}
