import type { SessionSource } from './types.js';
/** What is used of an nhost-js 4 client: this package does not depend on it. */
export interface NhostLike {
    getUserSession(): {
        accessToken: string;
        user?: {
            id: string;
        } | undefined;
    } | null;
    /** `marginSeconds` 0: whatever the present one's expiry says. */
    refreshSession(marginSeconds?: number): Promise<{
        accessToken: string;
    } | null>;
    sessionStorage: {
        onChange(listener: () => void): () => void;
    };
}
/** The session of an nhost-js 4 client, of this tab and of the others. */
export declare function nhostSession(nhost: NhostLike): SessionSource;
