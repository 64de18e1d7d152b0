/** Asks before something is ended, and says what that means. */
export class Confirm {
    /**
     * @param {string} id Tells it from the others.
     * @param {() => void} confirmed
     * @param {() => void} closed Called where the focus is to go back to what opened it.
     */
    constructor(id: string, confirmed: () => void, closed: () => void);
    element: HTMLDivElement;
    get open(): boolean;
    /** Shows it, with the focus on what does no harm. */
    ask(): void;
    close(): void;
    /**
     * @param {{ title: string, text: string, confirm: string, confirmName: string }} texts
     * @param {Words} words
     */
    update({ title, text, confirm, confirmName }: {
        title: string;
        text: string;
        confirm: string;
        confirmName: string;
    }, words: Words): void;
    #private;
}
import type { Words } from '../words.js';
