/**
 * Hears of changes over a WebSocket (graphql-transport-ws). A change says only that there is one: no
 * state comes this way.
 */
export class Live {
    /**
     * @param {() => URL} endpoint Of GraphQL over HTTP; the socket is at the same.
     * @param {Session} session
     * @param {() => void} changed Something has changed, or may have.
     * @param {() => void} state Whether changes are heard of is another now.
     */
    constructor(endpoint: () => URL, session: Session, changed: () => void, state: () => void);
    /** Whether changes are heard of. */
    get connected(): boolean;
    /** @param {string | null} user Whose changes; of another user than before over a connection of their own. */
    start(user: string | null): void;
    stop(): void;
    #private;
}
import type { Session } from './session.js';
