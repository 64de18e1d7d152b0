/** What happened lately. */
export class Events {
    element: HTMLDivElement;
    /**
     * @param {ConnectionEvent[] | null} events Null: not known yet.
     * @param {Words} words
     */
    update(events: ConnectionEvent[] | null, words: Words): void;
    #private;
}
import type { ConnectionEvent } from '../types.js';
import type { Words } from '../words.js';
