/** What happened lately, folded away. */
export class Events {
    /** @param {() => void} opened */
    constructor(opened: () => void);
    element: HTMLDetailsElement;
    get open(): boolean;
    /**
     * @param {ConnectionEvent[] | null} events
     * @param {Words} words
     */
    update(events: ConnectionEvent[] | null, words: Words): void;
    #private;
}
import type { ConnectionEvent } from '../types.js';
import type { Words } from '../words.js';
