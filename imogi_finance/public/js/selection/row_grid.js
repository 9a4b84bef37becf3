/**
 * A long list of rows to choose from: draws only the rows in sight, so that 5,000 are as
 * quick as 50, and is worked by mouse or keyboard alike. Its stylesheet is css/row_grid.css.
 */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { plainTranslate } from "../batch_progress/format.js";
import { moveBy, rangeOf, scrollTo, windowOf } from "./row_window.js";
import { blockedReason, keyOf } from "./selection.js";

/**
 * @typedef {object} Column
 * @property {string} id        also its class, `c-<id>`
 * @property {string} label
 * @property {string} [sort]    what it sorts by
 * @property {boolean} [number]
 * @property {(row: object) => any} cell
 */

export class RowGrid {
	/**
	 * @param {object} options
	 * @param {string} options.id
	 * @param {string} options.label
	 * @param {string} options.rowTestId
	 * @param {Column[]} options.columns
	 * @param {() => object} options.list     a list of the Workbench
	 * @param {(row: object) => boolean} options.isSelected
	 * @param {(rows: object[], chosen: boolean) => void} options.onToggle
	 * @param {(column: string) => void} options.onSort
	 * @param {(row: object) => string} options.describe  for screen readers
	 * @param {() => void} options.requestRender
	 * @param {boolean} [options.editsAmounts]  whether chosen rows have an amount to type
	 * @param {() => number} [options.rowHeight]  in pixels, as the stylesheet has it
	 * @param {(text: string, args?: any[]) => string} [options.translate]
	 */
	constructor(options) {
		Object.assign(this, { rowHeight: () => 36, editsAmounts: true, translate: plainTranslate }, options);
		this.scrollTop = 0;
		this.viewHeight = 600;
		this.active = 0;
		this.anchor = null;
		this.rangeBase = null;
	}

	get element() {
		return document.getElementById(this.id);
	}

	template() {
		const t = this.translate;
		const list = this.list();
		const rows = list.visible;
		this.active = Math.max(0, Math.min(this.active, rows.length - 1));
		const { first, last, before, height } = windowOf({
			scrollTop: this.scrollTop,
			viewHeight: this.viewHeight,
			rowHeight: this.rowHeight(),
			count: rows.length,
		});
		return html`<div
			id=${this.id}
			class="imogi-grid imogi-grid-${this.id}"
			role="grid"
			tabindex="0"
			aria-label=${this.label}
			aria-multiselectable="true"
			aria-rowcount=${rows.length + 1}
			aria-colcount=${this.columns.length + 1}
			aria-describedby="${this.id}-help"
			aria-activedescendant=${rows.length && this.active >= first && this.active < last ? `${this.id}-${this.active}` : nothing}
			@keydown=${(event) => this.onKey(event)}
		>
			<div class="imogi-grid__head" role="rowgroup">
				<div class="imogi-grid__row" role="row" aria-rowindex="1">${this.selectAllCell(list)}${this.columns.map((column) => this.headCell(column, list))}</div>
			</div>
			<div class="imogi-grid__scroll" role="rowgroup" tabindex="-1" @scroll=${(event) => this.onScroll(event)}>
				<div class="imogi-grid__space" role="presentation" style="height:${height}px">
					<div class="imogi-grid__rows" role="presentation" style="transform:translateY(${before}px)">
						${repeat(rows.slice(first, last), keyOf, (row, offset) => this.rowTemplate(row, first + offset))}
					</div>
				</div>
			</div>
			<p id="${this.id}-help" class="imogi-grid__help">
				<kbd>↑</kbd> <kbd>↓</kbd> ${t("move")}, <kbd>${t("Space")}</kbd> ${t("selects")}, <kbd>Shift</kbd>
				${t("with arrows or a click selects a range")}, <kbd>Ctrl A</kbd> ${t("selects all")}${this.editsAmounts
					? html`, <kbd>Enter</kbd> ${t("edits the amount")}`
					: nothing}
			</p>
		</div>`;
	}

	selectAllCell({ visible, free, allChosen, someChosen }) {
		return html`<div class="c-check" role="columnheader">
			<input
				type="checkbox"
				data-testid="select-all"
				aria-label=${this.translate("Select all {0} shown", [visible.length])}
				.checked=${allChosen}
				.indeterminate=${someChosen && !allChosen}
				?disabled=${free.length === 0}
				@click=${() => this.onToggle(free, !allChosen)}
			/>
		</div>`;
	}

	headCell(column, { order }) {
		const sorted = column.sort && order.column === column.sort;
		return html`<div
			class="c-${column.id} ${column.number ? "number" : ""}"
			role="columnheader"
			aria-sort=${sorted ? (order.descending ? "descending" : "ascending") : nothing}
		>
			${column.sort
				? html`<button class="imogi-grid__sort" @click=${() => this.onSort(column.sort)}>
						${column.label}<span class="imogi-grid__sort-mark" aria-hidden="true">${sorted ? (order.descending ? "↓" : "↑") : ""}</span>
					</button>`
				: column.label}
		</div>`;
	}

	rowTemplate(row, index) {
		const blocked = blockedReason(row, this.translate);
		const selected = !blocked && this.isSelected(row);
		const state = `${selected ? "selected" : ""} ${blocked ? "blocked" : ""} ${index === this.active ? "active" : ""}`;
		return html`<div
			id="${this.id}-${index}"
			class="imogi-grid__row ${state} ${row.is_return ? "return" : ""}"
			role="row"
			data-testid=${this.rowTestId}
			data-name=${row.name}
			aria-rowindex=${index + 2}
			aria-selected=${selected ? "true" : "false"}
			aria-disabled=${blocked ? "true" : nothing}
			aria-label=${`${this.describe(row)}${blocked ? `. ${blocked}` : ""}`}
			title=${blocked || nothing}
			@mousedown=${(event) => event.shiftKey && event.preventDefault()}
			@click=${(event) => this.onClick(event, row, index)}
		>
			<div class="c-check" role="gridcell">
				<input type="checkbox" tabindex="-1" aria-label=${this.translate("Select {0}", [row.name])} .checked=${selected} ?disabled=${Boolean(blocked)} />
			</div>
			${this.columns.map(
				(column) => html`<div class="c-${column.id} ${column.number ? "number" : ""}" role="gridcell">${column.cell(row)}</div>`,
			)}
		</div>`;
	}

	onScroll(event) {
		this.scrollTop = event.target.scrollTop;
		this.viewHeight = event.target.clientHeight;
		this.requestRender();
	}

	/** The height is known only when it is drawn. */
	afterRender() {
		const scroller = this.element?.querySelector(".imogi-grid__scroll");
		if (scroller && scroller.clientHeight !== this.viewHeight) {
			this.viewHeight = scroller.clientHeight;
			this.requestRender();
		}
	}

	/** Filters or order changed: what was row 4,000 is another row now. */
	toTop() {
		this.active = 0;
		this.anchor = null;
		this.scrollTop = 0;
		this.element?.querySelector(".imogi-grid__scroll")?.scrollTo(0, 0);
	}

	onClick(event, row, index) {
		if (event.target.closest(".imogi-grid__amount, a")) {
			return;
		}
		this.active = index;
		if (event.shiftKey && this.anchor !== null) {
			this.selectRange(this.anchor, index);
		} else {
			this.anchor = index;
			this.rangeBase = null;
			this.onToggle([row], !this.isSelected(row));
		}
		this.element.focus({ preventScroll: true });
		this.requestRender();
	}

	/** From the anchor to here, and no longer to where the range ended before. */
	selectRange(from, to) {
		const rows = this.list().visible;
		if (this.rangeBase !== null && this.rangeBase !== to) {
			this.onToggle(rangeOf(rows, from, this.rangeBase), false);
		}
		this.rangeBase = to;
		this.onToggle(rangeOf(rows, from, to), true);
	}

	onKey(event) {
		if (event.target.closest("button, a, .imogi-grid__amount, .imogi-grid__head")) {
			return;
		}
		const rows = this.list().visible;
		const page = Math.max(1, Math.floor(this.viewHeight / this.rowHeight()) - 1);
		const to = moveBy(event.key, { index: this.active, count: rows.length, page });
		if (to !== null) {
			if (event.shiftKey) {
				this.anchor ??= this.active;
				this.selectRange(this.anchor, to);
			} else {
				this.anchor = null;
				this.rangeBase = null;
			}
			this.goTo(to);
		} else if (event.key === " " && rows[this.active]) {
			const row = rows[this.active];
			this.anchor = this.active;
			this.rangeBase = null;
			this.onToggle([row], !this.isSelected(row));
		} else if (event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey)) {
			this.onToggle(this.list().free, true);
		} else if (event.key === "Enter" || event.key === "F2") {
			this.element.querySelector(`#${this.id}-${this.active} .imogi-grid__amount`)?.focus();
		} else {
			return;
		}
		event.preventDefault();
		this.requestRender();
	}

	goTo(index) {
		this.active = index;
		const scroller = this.element.querySelector(".imogi-grid__scroll");
		scroller.scrollTop = scrollTo({
			index,
			scrollTop: scroller.scrollTop,
			viewHeight: scroller.clientHeight,
			rowHeight: this.rowHeight(),
		});
		this.scrollTop = scroller.scrollTop;
	}
}
