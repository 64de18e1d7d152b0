/**
 * @typedef {object} Answer
 * @property {unknown} data
 * @property {unknown[]} errors Of fields that could not be answered, where others were.
 */
/**
 * One GraphQL request.
 * @param {URL | string} endpoint
 * @param {string | null} jwt Null: nobody's call.
 * @param {string} query
 * @param {object} variables
 * @returns {Promise<Answer>}
 * @throws {Failure} `OFFLINE` where nobody who speaks GraphQL answers; the first error where no field was answered.
 */
export function post(endpoint: URL | string, jwt: string | null, query: string, variables: object): Promise<Answer>;
/** How long an answer may take, in milliseconds: longer than the server lets an upstream take. */
export const LIMIT: 40000;
export type Answer = {
    data: unknown;
    /**
     * Of fields that could not be answered, where others were.
     */
    errors: unknown[];
};
