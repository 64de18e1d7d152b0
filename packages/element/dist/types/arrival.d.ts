/**
 * The address that a sign-in comes back to.
 * @param {string | null} redirectTo Null: this page.
 * @throws {Failure} `REDIRECT_REFUSED` where it is another site's.
 */
export function returnAddress(redirectTo: string | null): string;
/** What came back to this page and is not settled yet. Takes its traces out of the address, and out of the tab's memory. */
export function arrived(): Arrival | null;
/** A sign-in that came back to this page. */
declare class Arrival {
    /**
     * @param {OAuthProvider} provider
     * @param {Failure | null} failure
     * @param {{ refreshToken?: string | null, code?: string | null, begun?: Pending | null, answered?: boolean }} [more]
     *   `begun`: as this tab remembers it; `answered`: whether its state has come back, so that nothing else can.
     */
    constructor(provider: OAuthProvider, failure: Failure | null, { refreshToken, code, begun, answered }?: {
        refreshToken?: string | null;
        code?: string | null;
        begun?: Pending | null;
        answered?: boolean;
    });
    provider: "apple" | "azuread" | "bitbucket" | "discord" | "entraid" | "facebook" | "github" | "gitlab" | "google" | "linkedin" | "spotify" | "strava" | "twitch" | "twitter" | "windowslive" | "workos";
    failure: Failure | null;
    /** Whether it brought a session, and not only linked. */
    signedIn: boolean;
    refreshToken: string | null;
    code: string | null;
    begun: Pending | null;
    answered: boolean;
    /**
     * What the app exchanges for a session, once; null where there is nothing.
     * @returns {{ code: string, codeVerifier: string } | null}
     */
    takeCode(): {
        code: string;
        codeVerifier: string;
    } | null;
    /**
     * The refresh token that it brought, which the app exchanges for a session, once; null where there is none.
     * @returns {string | null}
     */
    takeRefreshToken(): string | null;
    /**
     * Connects, once for the page: who asks meanwhile or afterwards gets the same. Where nobody is
     * signed in yet it can be asked again.
     * @param {() => Promise<void>} connect
     */
    connect(connect: () => Promise<void>): Promise<void>;
    #private;
}
import { Failure } from './failure.js';
import type { Pending } from './pending.js';
import type { OAuthProvider } from './providers.js';
export {};
