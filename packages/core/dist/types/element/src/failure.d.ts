/**
 * Why something did not work. `code` is the server's `extensions.code`, or one of ours:
 * `OFFLINE` (no answer), `SIGNED_OUT` (no JWT), `SESSION_ENDED` (a JWT that is refused, and no better
 * one), `REDIRECT_REFUSED` (`redirect-to` is another site), `STORAGE_BLOCKED`, `ELEVATION_REQUIRED` (before a
 * sign-in); `SIGN_IN_FAILED`, `SIGN_IN_CANCELLED`, `SIGN_IN_UNFINISHED`, `SIGN_IN_TOO_SLOW`,
 * `SIGN_IN_NOT_BEGUN_HERE`, `NOT_SIGNED_UP`, `ALREADY_LINKED`, `USER_DISABLED`,
 * `PROVIDER_SESSION_MISSING_AGAIN` (what came of one).
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
export function failedWith(note: {
    failure: Failure;
} | object | undefined, code: string): boolean;
export function isCalm({ code }: Failure): boolean;
