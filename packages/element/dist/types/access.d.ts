export function accessGrants(value: unknown): AccessGrant[];
/** What apps may read of the user's connections, and taking it back. */
export class Access {
    /** @param {Model} model */
    constructor(model: Model);
    /** @param {OAuthProvider} provider */
    of(provider: OAuthProvider): AccessGrant[];
    /**
     * Whether an app's access is being revoked.
     * @param {OAuthProvider} provider
     * @param {string} clientId
     */
    revoking(provider: OAuthProvider, clientId: string): boolean;
    /**
     * @param {OAuthProvider} provider
     * @param {string} clientId
     */
    revoke(provider: OAuthProvider, clientId: string): Promise<void>;
    #private;
}
import type { AccessGrant } from './types.js';
import type { OAuthProvider } from './providers.js';
import type { Model } from './model.js';
