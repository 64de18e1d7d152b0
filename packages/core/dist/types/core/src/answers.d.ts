import type { Connection, Revocation } from './types.js';
/** The connections of an answer. One of a provider or a status that a newer server knows is left out. */
export declare function connectionsOf(value: unknown): Connection[];
export declare function revocationOf(value: unknown): Revocation;
/** The place in a list that an error's path (`["providerConnections", 2, "accessToken"]`) names. */
export declare function placeOf(error: unknown): number | null;
