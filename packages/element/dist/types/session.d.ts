/**
 * When it ends, in milliseconds since 1970; null where it does not say.
 * @param {string} jwt
 */
export function expiry(jwt: string): number | null;
/** The user's session: gets the JWT for each call, and keeps none. */
export class Session {
    /** @param {() => number} now Milliseconds since 1970. */
    constructor(now: () => number);
    now: () => number;
    set source(source: JwtSource);
    get source(): JwtSource;
    /** Another user may be signed in now: their calls don't join a renewal that was begun for the one before. */
    userChanged(): void;
    /**
     * The user's JWT, with a good while to live if there is one to be had.
     * @param {number} [margin] How long it has to live yet, in milliseconds.
     * @returns {Promise<string | null>}
     */
    jwt(margin?: number): Promise<string | null>;
    /**
     * A new JWT. Calls that are refused side by side ask for one.
     * @returns {Promise<string | null>}
     */
    renew(): Promise<string | null>;
    /**
     * Makes a call as the user; where the JWT is refused, once more with a new one.
     * @template T
     * @param {(jwt: string, user: string | null) => Promise<T>} call Gets the JWT and its `sub`.
     * @returns {Promise<T>}
     * @throws {Failure} `SIGNED_OUT`, `SESSION_ENDED`, and what `call` throws.
     */
    as<T>(call: (jwt: string, user: string | null) => Promise<T>): Promise<T>;
    #private;
}
export function subject(jwt: string): string | null;
import type { JwtSource } from './types.js';
