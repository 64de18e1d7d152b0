/**
 * The address that a sign-in with the provider comes back to.
 * @param {string | null} redirectTo Null: this page.
 * @param {OAuthProvider} provider
 * @throws {Failure} `REDIRECT_REFUSED` where it is another site's.
 */
export function returnAddress(redirectTo: string | null, provider: OAuthProvider): string;
/** What came back to this page and is not settled yet. Takes its traces out of the address. */
export function arrived(): Arrival | null;
import type { OAuthProvider } from './providers.js';
/** A sign-in that came back to this page. */
declare class Arrival {
    /**
     * @param {OAuthProvider} provider
     * @param {Failure | null} failure
     * @param {boolean} signedIn Whether it brought a session, and not only linked.
     */
    constructor(provider: OAuthProvider, failure: Failure | null, signedIn: boolean);
    provider: "apple" | "azuread" | "bitbucket" | "discord" | "entraid" | "facebook" | "github" | "gitlab" | "google" | "linkedin" | "spotify" | "strava" | "twitch" | "twitter" | "windowslive" | "workos";
    failure: Failure | null;
    signedIn: boolean;
    /**
     * Connects, once for the page: who asks meanwhile or afterwards gets the same. Where nobody is
     * signed in yet it can be asked again.
     * @param {() => Promise<void>} connect
     */
    connect(connect: () => Promise<void>): Promise<void>;
    #private;
}
import { Failure } from './failure.js';
export {};
