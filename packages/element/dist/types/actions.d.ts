/**
 * Does what the user clicked at: for the user whose connections are shown now, and for no other. The JWT may come late.
 * @template T
 * @param {Model} model
 * @param {(jwt: string) => Promise<T>} call
 * @returns {Promise<T | null>} Null: another user is signed in, and nothing was called.
 */
export function asShown<T>(model: Model, call: (jwt: string) => Promise<T>): Promise<T | null>;
/**
 * @param {Model} model
 * @param {OAuthProvider} provider
 */
export function refresh(model: Model, provider: OAuthProvider): Promise<void>;
/**
 * @param {Model} model
 * @param {OAuthProvider} provider
 */
export function disconnect(model: Model, provider: OAuthProvider): Promise<void>;
import type { Model } from './model.js';
import type { OAuthProvider } from './providers.js';
