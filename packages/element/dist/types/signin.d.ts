/** What may be gone a moment later. */
export const TRANSIENT: string[];
/**
 * What the app says of its sign-ins.
 * @typedef {object} SignInOptions
 * @property {() => string | null} redirectTo Null: this page.
 * @property {() => boolean} linksByPost Whether Nhost Auth has `POST /link/provider/…`.
 * @property {() => Exchange | null} exchange Null: sign-ins bring a refresh token, and no code (PKCE).
 */
/**
 * Exchanges the code of a sign-in for a session, which the app keeps: nhost-js's `auth.tokenExchange`.
 * @typedef {(code: { code: string, codeVerifier: string }) => unknown} Exchange
 */
/** The way to Nhost Auth, and what makes a connection of a sign-in. */
export class SignIn {
    /**
     * @param {Model} model
     * @param {SignInOptions} options
     */
    constructor(model: Model, options: SignInOptions);
    /**
     * Leaves the page for a sign-in with the provider. Links it to the user who is signed in, unless it
     * is linked already: Nhost Auth refuses to link twice.
     * @param {OAuthProvider} provider
     */
    leave(provider: OAuthProvider): Promise<void>;
    /**
     * Has the app exchange the code of a sign-in (PKCE) for its session.
     * @param {{ code: string, codeVerifier: string }} code
     */
    exchange(code: {
        code: string;
        codeVerifier: string;
    }): Promise<void>;
    /** The page is here again, by the back button. */
    back(): void;
    /**
     * Fetches what the sign-in has left at Nhost Auth, which holds it until it is fetched: while
     * something is down it is tried again.
     * @param {OAuthProvider} provider
     * @param {boolean} signedIn The sign-in has made a session: the JWT may be an earlier one, of another user.
     * @param {string | null} [user] Connects nothing for another user than this one.
     */
    connect(provider: OAuthProvider, signedIn: boolean, user?: string | null): Promise<void>;
    /**
     * It is connected: shows it, and says so.
     * @param {OAuthProvider} provider
     */
    done(provider: OAuthProvider): Promise<void>;
    #private;
}
/**
 * What the app says of its sign-ins.
 */
export type SignInOptions = {
    /**
     * Null: this page.
     */
    redirectTo: () => string | null;
    /**
     * Whether Nhost Auth has `POST /link/provider/…`.
     */
    linksByPost: () => boolean;
    /**
     * Null: sign-ins bring a refresh token, and no code (PKCE).
     */
    exchange: () => Exchange | null;
};
/**
 * Exchanges the code of a sign-in for a session, which the app keeps: nhost-js's `auth.tokenExchange`.
 */
export type Exchange = (code: {
    code: string;
    codeVerifier: string;
}) => unknown;
import type { OAuthProvider } from './providers.js';
import type { Model } from './model.js';
