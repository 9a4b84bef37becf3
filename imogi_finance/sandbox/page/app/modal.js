/** A modal dialog drawn with lit-html. The browser keeps the focus inside and gives it back. */

import { render } from "/assets/imogi_finance/js/vendor/lit-html/lit-html.js";

/**
 * @param {object} options
 * @param {string} options.labelledBy
 * @param {string} options.testId
 * @param {() => any} options.template
 * @param {() => boolean} [options.mayClose]  false holds it open, e.g. while sending
 * @param {() => void} [options.onClose]
 * @returns {{update(): void, close(): void, element: HTMLDialogElement}}
 */
export function openModal({ labelledBy, testId, template, mayClose = () => true, onClose }) {
	const element = document.createElement("dialog");
	element.className = "modal";
	element.dataset.testid = testId;
	element.setAttribute("aria-labelledby", labelledBy);
	element.addEventListener("cancel", (event) => {
		if (!mayClose()) {
			event.preventDefault();
		}
	});
	element.addEventListener("close", () => {
		element.remove();
		onClose?.();
	});
	document.body.append(element);

	function update() {
		render(template(), element);
	}
	update();
	element.showModal();
	return { update, close: () => element.open && element.close(), element };
}
