import type { TokenKeeper } from './keeper.js';
/**
 * `fetch` with the user's access token, from `useProviderToken` or `client.token(provider)`. `url` is the provider's API, and never an address that came
 * from somewhere else: it is sent the token.
 */
export declare function callApi(getToken: TokenKeeper['getToken'], url: string, init?: RequestInit): Promise<Response>;
