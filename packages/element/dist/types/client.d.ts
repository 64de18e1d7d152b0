/**
 * One GraphQL request; answers `data`.
 * @param {URL} endpoint
 * @param {string | null} jwt Null: nobody's call.
 * @param {string} query
 * @param {Record<string, string | boolean | readonly string[]>} variables
 * @returns {Promise<unknown>}
 * @throws {Failure} As `post` does.
 */
export function request(endpoint: URL, jwt: string | null, query: string, variables: Record<string, string | boolean | readonly string[]>): Promise<unknown>;
/**
 * Asks Nhost Auth for the address to link an account at (`POST /link/provider/…`), which sets the cookie that says who links.
 * @param {URL} signIn The address of a sign-in with the provider.
 * @param {string} jwt
 * @param {{ redirectTo: string, state: string }} back
 * @returns {Promise<URL>}
 * @throws {Failure} `ELEVATION_REQUIRED` where the user has to confirm first that it is them.
 */
export function linkAddress(signIn: URL, jwt: string, back: {
    redirectTo: string;
    state: string;
}): Promise<URL>;
