/** Loads something and keeps trying by itself while the server is away. */

const RETRY_MS = 3_000;

export class Loader {
	/**
	 * @param {() => Promise<any>} fetcher
	 * @param {() => void} onChange
	 */
	constructor(fetcher, onChange) {
		this.fetcher = fetcher;
		this.onChange = onChange;
		this.data = null;
		this.error = null;
		this.loading = false;
		this.stopped = false;
		this.timer = null;
		this.turn = 0;
	}

	/** Loads, or loads again; what is shown stays until the new is there. */
	async load() {
		clearTimeout(this.timer);
		const turn = ++this.turn;
		this.loading = true;
		this.onChange();
		let data = null;
		let error = null;
		try {
			data = await this.fetcher();
		} catch (failure) {
			error = failure;
		}
		if (this.stopped || turn !== this.turn) {
			return; // a newer load took its place
		}
		this.loading = false;
		this.error = error;
		if (error) {
			if (error.isUnreachable) {
				this.timer = setTimeout(() => this.load(), RETRY_MS);
			}
		} else {
			this.data = data;
		}
		this.onChange();
	}

	stop() {
		this.stopped = true;
		clearTimeout(this.timer);
	}
}
