import type { Connection, Failure, OAuthProvider, ProviderConnections, Revocation, TokenKeeper } from '@provider-connections/core';
export * from '@provider-connections/core';
/** In a component, for those below it: in SvelteKit the root layout. */
export declare function setProviderConnections(client: ProviderConnections): void;
/** The client of the nearest component that has set one. */
export declare function useProviderConnectionsClient(): ProviderConnections;
/** Reactive where it is read in a template, a `$derived` or an `$effect`: don't destructure it. */
export interface ProviderConnectionsResult {
    /** Ordered by provider; those that were read last, where reading fails. They hold no access tokens. */
    readonly connections: readonly Connection[];
    readonly loading: boolean;
    /** Why the last read failed. */
    readonly error: Failure | null;
    /** Whether changes are heard at once, rather than asked for every ten seconds. */
    readonly live: boolean;
    refetch: () => Promise<void>;
    connect: (provider: OAuthProvider) => Promise<void>;
    refresh: (provider: OAuthProvider) => Promise<void>;
    disconnect: (provider: OAuthProvider) => Promise<Revocation>;
    signInUrl: ProviderConnections['signInUrl'];
}
/** The user's connections, kept up to date for as long as something shows them. */
export declare function useProviderConnections(): ProviderConnectionsResult;
/** Reactive where it is read in a template, a `$derived` or an `$effect`: don't destructure it. */
export interface ProviderTokenResult {
    /** Never one that has expired; null: none is there, or not yet. */
    readonly accessToken: string | null;
    /** In milliseconds since 1970; null: no known expiry, or no token. */
    readonly expiresAt: number | null;
    readonly loading: boolean;
    readonly error: Failure | null;
    /** For a call that is made now: right after it, the provider's API will take the token. */
    getToken: TokenKeeper['getToken'];
    refetch: () => void;
}
/**
 * An access token for the provider's API, replaced before it ends for as long as something shows or uses its state. It is
 * in memory alone; keep it out of storage, addresses and the page. A provider that changes is a function: `() => provider`.
 */
export declare function useProviderToken(provider: OAuthProvider | (() => OAuthProvider)): ProviderTokenResult;
