import type { Connection, Failure, OAuthProvider, ProviderConnections, Revocation, TokenKeeper } from '@provider-connections/core';
import { type ComputedRef, type MaybeRefOrGetter, type Plugin } from 'vue';
export * from '@provider-connections/core';
/** `app.use(providerConnectionsPlugin(client))`: one client for the app. */
export declare function providerConnectionsPlugin(client: ProviderConnections): Plugin;
/** In a component, for those below it. */
export declare function provideProviderConnections(client: ProviderConnections): void;
/** The client of the plugin, or of the nearest component that provides one. */
export declare function useProviderConnectionsClient(): ProviderConnections;
export interface ProviderConnectionsResult {
    /** Ordered by provider; those that were read last, where reading fails. They hold no access tokens. */
    connections: ComputedRef<readonly Connection[]>;
    loading: ComputedRef<boolean>;
    /** Why the last read failed. */
    error: ComputedRef<Failure | null>;
    /** Whether changes are heard at once, rather than asked for every ten seconds. */
    live: ComputedRef<boolean>;
    refetch: () => Promise<void>;
    connect: (provider: OAuthProvider) => Promise<void>;
    refresh: (provider: OAuthProvider) => Promise<void>;
    disconnect: (provider: OAuthProvider) => Promise<Revocation>;
    signInUrl: ProviderConnections['signInUrl'];
}
/** The user's connections, kept up to date for as long as the component is there. */
export declare function useProviderConnections(): ProviderConnectionsResult;
export interface ProviderTokenResult {
    /** Never one that has expired; null: none is there, or not yet. */
    accessToken: ComputedRef<string | null>;
    /** In milliseconds since 1970; null: no known expiry, or no token. */
    expiresAt: ComputedRef<number | null>;
    loading: ComputedRef<boolean>;
    error: ComputedRef<Failure | null>;
    /** For a call that is made now: right after it, the provider's API will take the token. */
    getToken: TokenKeeper['getToken'];
    refetch: () => void;
}
/**
 * An access token for the provider's API, replaced before it ends for as long as the component is there. It is in memory
 * alone; keep it out of storage, addresses and the page.
 */
export declare function useProviderToken(provider: MaybeRefOrGetter<OAuthProvider>): ProviderTokenResult;
