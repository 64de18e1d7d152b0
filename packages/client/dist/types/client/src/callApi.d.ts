/** Answers an access token; `refused`: the one that the provider's API has just answered 401 to. */
export type GetToken = (options?: {
    refused?: string | undefined;
}) => Promise<string>;
/**
 * `fetch` with the user's access token. `url` is the provider's API, and never an address that came from somewhere else: it is
 * sent the token.
 */
export declare function callApi(getToken: GetToken, url: string, init?: RequestInit): Promise<Response>;
