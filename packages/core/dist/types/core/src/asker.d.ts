import type { Session } from '../../element/src/session.js';
import { type Answer } from './post.js';
/** Asks the server as the user who is signed in, and notices when that is another one. */
export declare class Asker {
    #private;
    /** Whose answers are held; null: not known yet, or nobody's. */
    user: string | null;
    constructor(endpoint: string, session: Session, user: string | null, onOther: () => void);
    /** The one who is signed in is another one now; null: not known, or nobody. */
    become(user: string | null): void;
    /** @throws {Failure} What the server answers; `OFFLINE`, `SIGNED_OUT`, `SESSION_ENDED`, `USER_CHANGED`. */
    ask(query: string, variables: object): Promise<Answer>;
    /** Without a JWT: what anybody may ask. */
    askAsNobody(query: string, variables: object): Promise<Answer>;
}
