/**
 * Begins a sign-in that the app makes the address of itself: a button on its sign-in page, say. Put the answer into that
 * address (`signin/provider/…`, `signup/provider/…`); the element on the page that it comes back to connects.
 * @param {OAuthProvider} provider
 * @param {{ redirectTo?: string }} [options] `redirectTo`: of this origin; this page where it is left out.
 * @returns {Promise<{ redirectTo: string, state: string, codeChallenge: string | null }>}
 *   `codeChallenge` (PKCE) is for elements with `exchange`; null on a page without https.
 */
export function beginSignIn(provider: OAuthProvider, { redirectTo }?: {
    redirectTo?: string;
}): Promise<{
    redirectTo: string;
    state: string;
    codeChallenge: string | null;
}>;
/**
 * For the app's front page (`AUTH_CLIENT_URL`), where Nhost Auth sends whoever denied a sign-in or took too long. If such a
 * sign-in began on another page it goes back there, where the element says what happened.
 * @returns {{ provider: OAuthProvider, code: string } | null} What happened; null: nothing of the kind.
 */
export function handleReturn(): {
    provider: OAuthProvider;
    code: string;
} | null;
/**
 * The refresh token with which a sign-in that this tab has begun came back, once: the app exchanges it for its session. It
 * is taken out of the address.
 * @returns {string | null} Null: none came back. A refresh token without this tab's state may be anybody's.
 */
export function takeRefreshToken(): string | null;
import type { OAuthProvider } from './providers.js';
