/**
 * Whether a pointer is held down. A click goes to what is under the pointer both when it is pressed and when it is released:
 * a button that moves in between misses it.
 */
export class Press {
    /** @param {() => void} ended It was released, and the click, if any, was heard. */
    constructor(ended: () => void);
    held: boolean;
    begin: (/** @type {PointerEvent} */ { button }: PointerEvent) => void;
    #private;
}
