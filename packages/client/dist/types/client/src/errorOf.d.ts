import { type Details, ProviderConnectionsError } from './errors.js';
/** An error of the class that its code has. */
export declare function errorOf(code: string, message?: string, details?: Details): ProviderConnectionsError;
/** One of `errors` of a GraphQL answer. */
export declare function errorIn(error: unknown): ProviderConnectionsError;
/** As thrown, where it is of these classes; else as the one of its code: the session's, say. */
export declare function errorFrom(thrown: unknown): ProviderConnectionsError;
/** Nobody who speaks GraphQL has answered. */
export declare function offline(): ProviderConnectionsError;
