/** Words in one language: texts, moments and failures. */
export class Words {
    /**
     * @param {string} locale BCP 47.
     * @param {Partial<Strings>} own The app's own texts.
     * @param {() => number} now Milliseconds since 1970.
     */
    constructor(locale: string, own: Partial<Strings>, now: () => number);
    asked: string;
    now: () => number;
    locale: string;
    /**
     * @param {StringKey} key
     * @param {Record<string, string>} [values]
     */
    say(key: StringKey, values?: Record<string, string>): string;
    /**
     * @param {StringKey} key
     * @param {OAuthProvider} provider
     */
    of(key: StringKey, provider: OAuthProvider): string;
    /**
     * "in 5 minutes", "2 hours ago".
     * @param {number} at Milliseconds since 1970.
     */
    when(at: number): string;
    /**
     * A date, for what is days away: "Feb 7, 2026".
     * @param {number} at Milliseconds since 1970.
     */
    day(at: number): string;
    /** @param {number} at Milliseconds since 1970. */
    exactly(at: number): string;
    /** @param {Actor} actor */
    actor(actor: Actor): string;
    /** @param {string} kind Of an event; one of a newer server has no word of its own. */
    event(kind: string): string;
    /**
     * Why something failed and what to do, by its code. The server's own words are for codes that
     * have none here.
     * @param {Failure} failure
     * @param {OAuthProvider | null} provider Null: it is not about one.
     */
    failure(failure: Failure, provider: OAuthProvider | null): string;
    /**
     * Why a refresh fails, by its code.
     * @param {ConnectionFailure} failure
     * @param {OAuthProvider} provider
     */
    failing({ code }: ConnectionFailure, provider: OAuthProvider): string;
    #private;
}
import type { StringKey } from './strings/index.js';
import type { OAuthProvider } from './providers.js';
import type { Actor } from './types.js';
import type { Failure } from './failure.js';
import type { ConnectionFailure } from './types.js';
import type { Strings } from './strings/index.js';
