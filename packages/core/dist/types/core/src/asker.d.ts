import type { Session } from '../../element/src/session.js';
import { type Answer } from '../../client/src/post.js';
/** Asks the server as the user who is signed in, and notices when that is another one. */
export declare class Asker {
    #private;
    /** Whose answers are held; null: not known yet, or nobody's. */
    user: string | null;
    /**
     * `current` is who is signed in by what the app says; undefined: it does not say. `onOther` forgets what is held of the
     * user before.
     */
    constructor(endpoint: string, session: Session, current: () => string | null | undefined, user: string | null, onOther: () => void);
    /** The one who is signed in is another one now; null: not known, or nobody. */
    become(user: string | null): void;
    /** Forgets the user before where the app says that another one is signed in. */
    follow(): void;
    /**
     * For what is held, and what the user clicked at: where another user is signed in than before, nothing is sent.
     * @throws {Failure} What the server answers; `OFFLINE`, `SIGNED_OUT`, `SESSION_ENDED`, `USER_CHANGED`.
     */
    ask(query: string, variables: object): Promise<Answer>;
    /**
     * As `ask`, for whoever is signed in now: what a sign-in has left is theirs.
     * @throws {Failure} As `ask`.
     */
    askForAnyone(query: string, variables: object): Promise<Answer>;
    /** Without a JWT: what anybody may ask. */
    askAsNobody(query: string, variables: object): Promise<Answer>;
}
