export interface Answer {
    data: unknown;
    /** Of fields that could not be answered, where others were. */
    errors: unknown[];
}
/**
 * One GraphQL request.
 * @throws {Failure} `OFFLINE` where nobody who speaks GraphQL answers; the first error where no field was answered.
 */
export declare function post(endpoint: string, jwt: string | null, query: string, variables: object): Promise<Answer>;
