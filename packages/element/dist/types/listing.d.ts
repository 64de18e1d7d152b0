/** Asks for the list, of a server of an earlier release for what that one knows: npm's package may be newer. */
export class Listing {
    /** Another server is asked. */
    reset(): void;
    /**
     * @param {URL} endpoint
     * @param {string} jwt
     * @param {boolean} recent With what happened lately.
     * @returns {Promise<unknown>}
     * @throws {Failure}
     */
    ask(endpoint: URL, jwt: string, recent: boolean): Promise<unknown>;
    #private;
}
