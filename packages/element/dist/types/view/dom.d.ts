/**
 * An element with attributes and children. Text goes in as text: nothing here parses HTML.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h<T extends keyof HTMLElementTagNameMap>(tag: T, attributes?: Record<string, string>, ...children: (Node | string)[]): HTMLElementTagNameMap[T];
/**
 * Sets a text where it is another, so that what does not change is not touched. A long address may break before its @ and
 * after each slash, which leaves no single letter on the last line.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element: Element, text: string): void;
/**
 * @param {Element} element
 * @param {string} name
 * @param {string | null} value Null: without.
 */
export function setAttribute(element: Element, name: string, value: string | null): void;
/**
 * @param {HTMLElement} element
 * @param {boolean} shown
 */
export function show(element: HTMLElement, shown: boolean): void;
/**
 * A drawing of lines in a square of 16.
 * @param {string} path
 */
export function drawing(path: string): SVGSVGElement;
/**
 * A filled mark in a square of 24.
 * @param {string} path
 */
export function mark(path: string): SVGSVGElement;
/**
 * @param {SVGSVGElement} svg
 * @param {string} path
 */
export function redraw(svg: SVGSVGElement, path: string): void;
