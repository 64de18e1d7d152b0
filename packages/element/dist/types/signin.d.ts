/** The way to Nhost Auth, and what makes a connection of a sign-in. */
export class SignIn {
    /**
     * @param {Model} model
     * @param {() => string | null} redirectTo Null: this page.
     */
    constructor(model: Model, redirectTo: () => string | null);
    /**
     * Leaves the page for a sign-in with the provider. Links it to the user who is signed in, unless it
     * is linked already: Nhost Auth refuses to link twice.
     * @param {OAuthProvider} provider
     */
    leave(provider: OAuthProvider): Promise<void>;
    /** The page is here again, by the back button. */
    back(): void;
    /**
     * Fetches what the sign-in has left at Nhost Auth, which holds it until it is fetched: while
     * something is down it is tried again.
     * @param {OAuthProvider} provider
     * @param {boolean} signedIn The sign-in has made a session: the JWT may be an earlier one, of another user.
     */
    connect(provider: OAuthProvider, signedIn: boolean): Promise<void>;
    /**
     * It is connected: shows it, and says so.
     * @param {OAuthProvider} provider
     */
    done(provider: OAuthProvider): Promise<void>;
    #private;
}
import type { OAuthProvider } from './providers.js';
import type { Model } from './model.js';
