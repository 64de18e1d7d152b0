/**
 * Why something did not work. `code` is the server's `extensions.code`, or one of ours:
 * `OFFLINE` (no answer), `SIGNED_OUT` (no JWT), `SESSION_ENDED` (a JWT that is refused, and no better
 * one), `REDIRECT_REFUSED` (`redirect-to` is another site), `SIGN_IN_FAILED`, `SIGN_IN_CANCELLED`,
 * `ALREADY_LINKED`, `USER_DISABLED` (what came of a sign-in).
 */
export class Failure extends Error {
    /**
     * @param {unknown} error One of `errors` of a GraphQL answer.
     * @returns {Failure}
     */
    static of(error: unknown): Failure;
    /**
     * @param {unknown} thrown
     * @returns {Failure}
     */
    static from(thrown: unknown): Failure;
    /**
     * @param {string} code
     * @param {string} [message]
     * @param {{ reason?: string | null, retryAfter?: number | null, reauthenticationUrl?: string | null, requestId?: string | null }} [more]
     *   `retryAfter` in seconds.
     */
    constructor(code: string, message?: string, more?: {
        reason?: string | null;
        retryAfter?: number | null;
        reauthenticationUrl?: string | null;
        requestId?: string | null;
    });
    code: string;
    reason: string | null;
    retryAfter: number | null;
    reauthenticationUrl: string | null;
    requestId: string | null;
}
export function isUnreadable(note: {
    failure: Failure;
} | object | undefined): boolean;
