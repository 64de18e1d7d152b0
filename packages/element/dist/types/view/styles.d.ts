/** One sheet for all elements of the page. A sheet that is made by script needs no `unsafe-inline`. */
export function sheet(): CSSStyleSheet;
