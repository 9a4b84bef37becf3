/** The few DOM helpers the component needs. */

/**
 * @param {string} tag
 * @param {Object<string, any>} [attributes]  `class` takes names without the prefix;
 *   `on…` adds a listener; `text` sets the text
 * @param {...(Node|string|null)} children
 * @returns {HTMLElement}
 */
export function el(tag, attributes = {}, ...children) {
	const node = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) {
		if (value === null || value === undefined || value === false) {
			continue;
		}
		if (name === "class") {
			node.className = value
				.split(" ")
				.map((part) => `imogi-progress__${part}`)
				.join(" ");
		} else if (name === "text") {
			node.textContent = value;
		} else if (name.startsWith("on")) {
			node.addEventListener(name.slice(2), value);
		} else {
			node.setAttribute(name, value === true ? "" : value);
		}
	}
	node.append(...children.filter((child) => child !== null && child !== undefined));
	return node;
}

/** Writes only what changed, so that a screen reader is not told the same thing twice. */
export function setText(node, text) {
	if (node.textContent !== text) {
		node.textContent = text;
	}
}

export function setAttribute(node, name, value) {
	if (value === null || value === undefined) {
		node.removeAttribute(name);
	} else if (node.getAttribute(name) !== String(value)) {
		node.setAttribute(name, value);
	}
}

export function show(node, visible) {
	if (node.hidden === visible) {
		node.hidden = !visible;
	}
}

const ICONS = {
	done: "M4 10.5l4 4 8-9",
	close: "M5 5l10 10M15 5L5 15",
	undo: "M8 5L4 9l4 4M4 9h8a4 4 0 010 8h-3",
	alert: "M10 4v8M10 15.2v.3",
};

/** @param {keyof typeof ICONS} name @returns {SVGElement} */
export function icon(name) {
	const namespace = "http://www.w3.org/2000/svg";
	const svg = document.createElementNS(namespace, "svg");
	svg.setAttribute("viewBox", "0 0 20 20");
	svg.setAttribute("class", "imogi-progress__icon");
	svg.setAttribute("aria-hidden", "true");
	const path = document.createElementNS(namespace, "path");
	path.setAttribute("d", ICONS[name]);
	svg.append(path);
	return svg;
}
