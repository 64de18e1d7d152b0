import type { ProviderConnectionsError } from '../../client/src/errors.js';
import type { Connection, NeededScopes, Revocation } from './types.js';
/**
 * The connections of an answer. One of a provider or a status that a newer server knows is left out. `missingScopes` is
 * asked for what is needed of any provider: what another one has nothing of is not missing.
 */
export declare function connectionsOf(value: unknown, needed?: NeededScopes): Connection[];
/** Those of the missing scopes that are needed of this provider. */
export declare function ofNeeded(missing: readonly string[] | null, needed?: readonly string[]): readonly string[] | null;
export declare function revocationOf(value: unknown): Revocation;
/** The place in a list that an error's path (`["providerConnections", 2, "accessToken"]`) names. */
export declare function placeOf({ path }: ProviderConnectionsError): number | null;
