/**
 * One GraphQL request; answers `data`.
 * @param {URL} endpoint
 * @param {string | null} jwt Null: nobody's call.
 * @param {string} query
 * @param {Record<string, string | boolean>} variables
 * @returns {Promise<unknown>}
 * @throws {Failure} `OFFLINE` where nobody who speaks GraphQL answers; otherwise the first error of the answer.
 */
export function request(endpoint: URL, jwt: string | null, query: string, variables: Record<string, string | boolean>): Promise<unknown>;
