/** Asks what the server would say of the chosen orders, again after each change, and keeps the latest answer. */

const SETTLE_MS = 250; // several clicks in a row are one question

export class Judgement {
	/**
	 * @param {() => Promise<object>} ask
	 * @param {() => void} onChange
	 */
	constructor(ask, onChange) {
		this.ask = ask;
		this.onChange = onChange;
		this.answer = null;
		this.error = null;
		this.asking = false;
		this.turn = 0;
		this.timer = null;
	}

	/** Asks soon, or at once where nothing has been asked yet. */
	later() {
		clearTimeout(this.timer);
		this.turn += 1; // an answer that is on its way is about something else
		this.asking = true;
		this.timer = setTimeout(() => this.now(), this.answer || this.error ? SETTLE_MS : 0);
		this.onChange();
	}

	async now() {
		clearTimeout(this.timer);
		const turn = ++this.turn;
		this.asking = true;
		this.onChange();
		let answer = null;
		let error = null;
		try {
			answer = await this.ask();
		} catch (failure) {
			error = failure;
		}
		if (turn !== this.turn) {
			return;
		}
		this.asking = false;
		this.error = error;
		this.answer = answer ?? (error.isUnreachable ? this.answer : null);
		this.onChange();
	}

	stop() {
		clearTimeout(this.timer);
		this.turn += 1;
	}
}
