import type { TokenKeeper } from './keeper.js';
import { ConnectionList } from './list.js';
import type { Connection, NeededScopes, OAuthProvider, Revocation, SessionSource } from './types.js';
export interface ClientOptions {
    /** The server's GraphQL address, or Hasura's where it is a remote schema of it. */
    endpoint: string;
    session: SessionSource;
    /** `auto`: hears of changes over a WebSocket, and asks every ten seconds where it can't; `off`: only asks. */
    live?: 'auto' | 'off';
    /** What the app needs of each provider: `missingScopes` of a connection says what of it the user has not granted. */
    scopes?: NeededScopes;
    /** `providerConnections` as a server has read it, to be shown until the first answer is there. Never with access tokens. */
    initial?: readonly Connection[];
}
export interface SignInUrlOptions {
    /** What the user is asked for, of the scopes that the operator has configured: `missingScopes` of a connection, say. */
    scopes?: readonly string[];
}
/**
 * A user's connections and access tokens. Nothing is asked for until somebody listens, so that one may be made where a
 * page is rendered on a server. One is enough for an app: it notices when another user signs in, and forgets the first.
 */
export declare class ProviderConnections {
    #private;
    /** The connections, kept up to date while somebody listens. */
    readonly list: ConnectionList;
    constructor({ endpoint, session: source, live, scopes, initial }: ClientOptions);
    /** The access token of one provider, kept fresh while somebody listens. */
    token(provider: OAuthProvider): TokenKeeper;
    /**
     * Takes what a sign-in with the provider has left behind at Nhost Auth. Call it once the browser is back from there and
     * the app has its session.
     * @throws {Failure} `PROVIDER_SESSION_NOT_FOUND` where no sign-in has left anything …
     */
    readonly connect: (provider: OAuthProvider) => Promise<void>;
    /**
     * Renews the access token now, whatever its expiry says.
     * @throws {Failure} `REAUTHENTICATION_REQUIRED`, `UPSTREAM_UNAVAILABLE` …
     */
    readonly refresh: (provider: OAuthProvider) => Promise<void>;
    /** Removes the connection and its tokens, and answers what became of the grant at the provider. */
    readonly disconnect: (provider: OAuthProvider) => Promise<Revocation>;
    /**
     * Where the browser goes to sign in with the provider: at once, since this tab remembers that it has begun (see
     * `takeSignIn`). `redirectTo` is where it comes back to, of the page's own origin. Where there is no page (on a server, in
     * React Native) nothing is remembered: bind what comes back by a `state` of your own. With `scopes` the provider asks the user
     * for these, whatever they have granted or refused before.
     * @throws {Failure} `REDIRECT_REFUSED`, `STORAGE_BLOCKED`, `SCOPE_NOT_CONFIGURED` …
     */
    readonly signInUrl: (provider: OAuthProvider, redirectTo: string, { scopes }?: SignInUrlOptions) => Promise<string>;
    /**
     * The user has signed in or out, or the JWT is another: what is another user's is forgotten at once. Call it where
     * `session` has no `onChange`. Without `user` nobody knows yet whose the JWT is, and all is forgotten and read anew.
     */
    readonly sessionChanged: () => void;
}
/** A client for one app: see `ProviderConnections`. */
export declare function createProviderConnections(options: ClientOptions): ProviderConnections;
