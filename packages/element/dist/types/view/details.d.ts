/** What developers and the curious want to know, folded away: facts of the tokens, and what happened lately. */
export class Details {
    /** @param {() => void} opened */
    constructor(opened: () => void);
    element: HTMLDetailsElement;
    /** Whether it is looked at. */
    get open(): boolean;
    /**
     * @param {Connection | null} connection
     * @param {string} name Of the account or the provider: a screen reader tells the buttons apart by it.
     * @param {Words} words
     */
    update(connection: Connection | null, name: string, words: Words): void;
    #private;
}
import type { Connection } from '../types.js';
import type { Words } from '../words.js';
