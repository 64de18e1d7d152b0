/** Which apps may read the access token, and a way to take that back. */
export class Access {
    /**
     * @param {OAuthProvider} provider
     * @param {(clientId: string) => void} revoke
     */
    constructor(provider: OAuthProvider, revoke: (clientId: string) => void);
    element: HTMLDivElement;
    /**
     * @param {readonly AccessGrant[]} grants Those of this provider.
     * @param {(clientId: string) => boolean} busy Whether it is being revoked.
     * @param {Words} words
     */
    update(grants: readonly AccessGrant[], busy: (clientId: string) => boolean, words: Words): void;
    #private;
}
import type { AccessGrant } from '../types.js';
import type { Words } from '../words.js';
import type { OAuthProvider } from '../providers.js';
