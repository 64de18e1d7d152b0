export { isProvider } from '../../element/src/providers.js';
export { callApi } from './callApi.js';
export { type ClientOptions, createProviderConnections, ProviderConnections } from './client.js';
export { documents } from './documents.js';
export { Failure, needsUser } from './failures.js';
export type { TokenKeeper, TokenState } from './keeper.js';
export type { ConnectionsState } from './list.js';
export { type NhostLike, nhostSession } from './nhost.js';
export type { Account, Connection, ConnectionStatus, JwtFunction, JwtSource, OAuthProvider, Revocation, SessionSource, Store } from './types.js';
