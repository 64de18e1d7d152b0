import type { Failure } from '../../element/src/failure.js';
import type { OAuthProvider } from '../../element/src/providers.js';
/** A sign-in that came back to this page. */
export interface ReturnedSignIn {
    provider: OAuthProvider;
    /** Why there is nothing to connect: `SIGN_IN_CANCELLED`, `SIGN_IN_FAILED`, `SIGN_IN_NOT_BEGUN_HERE` …; null: it went well. */
    failure: Failure | null;
    /** Nhost's, for the app to exchange for its session; null: an account was linked to who is signed in. */
    refreshToken: string | null;
    /** With PKCE, what the app exchanges in its place. */
    code: {
        code: string;
        codeVerifier: string;
    } | null;
}
/**
 * What came back to this page of a sign-in that this tab has begun, once; the address is cleared of it. Exchange what it
 * brought, and then call `client.connect(provider)`. A `refreshToken` in the address that comes in another way may be
 * anybody's: whoever follows a link with it would be signed in as them. null: no sign-in came back.
 */
export declare function takeSignIn(): ReturnedSignIn | null;
