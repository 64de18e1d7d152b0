export type { JwtFunction, JwtSource } from '../../element/src/types.js';
export { isProvider } from '../../element/src/providers.js';
export { callApi, type GetToken } from './callApi.js';
export type { Credentials } from './caller.js';
export { type AccessTokenOptions, type ClientOptions, createClient, type PartialAnswer, ProviderConnectionsClient } from './client.js';
export * from './errors.js';
export * from './generated.js';
