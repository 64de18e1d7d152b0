/** Asks for the list, of a server of an earlier release for what that one knows: npm's package may be newer. */
export class Listing {
    /** Another server is asked. */
    reset(): void;
    /**
     * @param {URL} endpoint
     * @param {string} jwt
     * @param {boolean} recent With what happened lately.
     * @param {readonly string[]} needed The scopes that the app needs, of all providers.
     * @returns {Promise<unknown>}
     * @throws {Failure}
     */
    ask(endpoint: URL, jwt: string, recent: boolean, needed: readonly string[]): Promise<unknown>;
    #private;
}
