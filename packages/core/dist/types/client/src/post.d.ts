import type { ProviderConnectionsError } from './errors.js';
/** How long an answer may take, in milliseconds: longer than the server lets an upstream take. */
export declare const LIMIT = 40000;
export interface Answer {
    /** null: nothing could be answered. */
    data: unknown;
    /** Of what could not be answered. */
    errors: readonly ProviderConnectionsError[];
}
/**
 * One GraphQL request, and all that came of it.
 * @throws {ProviderConnectionsError} `OFFLINE` where nobody who speaks GraphQL answers.
 */
export declare function send(endpoint: string, headers: Headers, query: string, variables: unknown): Promise<Answer>;
/**
 * As `send`, for a user's JWT; null: nobody's call.
 * @throws {ProviderConnectionsError} The first error where no field was answered.
 */
export declare function post(endpoint: string, jwt: string | null, query: string, variables: object): Promise<Answer>;
