/**
 * What a row says besides its state: one thing at a time. What came of the last click comes first, then what lasts. Only what
 * went wrong is an alert; what the user did themselves is said calmly.
 */
export class Message {
    elements: HTMLParagraphElement[];
    /**
     * @param {OAuthProvider} provider
     * @param {Connection | null} connection
     * @param {RowState} state
     * @param {Note | null} note
     * @param {Words} words
     */
    update(provider: OAuthProvider, connection: Connection | null, state: RowState, note: Note | null, words: Words): void;
    #private;
}
import type { OAuthProvider } from '../providers.js';
import type { Connection } from '../types.js';
import type { RowState } from '../types.js';
import type { Note } from '../model.js';
import type { Words } from '../words.js';
