/** When the token ends, when it was last refreshed, when it was last used and by whom, and what it allows. */
export class Facts {
    element: HTMLDListElement;
    /**
     * @param {Connection} connection
     * @param {Words} words
     */
    update(connection: Connection, words: Words): void;
    #private;
}
import type { Connection } from '../types.js';
import type { Words } from '../words.js';
