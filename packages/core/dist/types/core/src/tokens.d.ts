import type { Asker } from './asker.js';
import { TokenKeeper } from './keeper.js';
import type { OAuthProvider } from './types.js';
/** One user's access tokens, in memory alone: for each provider one keeper, which all components share. */
export declare class Tokens {
    #private;
    constructor(asker: Asker, retain: () => () => void);
    of(provider: OAuthProvider): TokenKeeper;
    /** The connection was made, healed or ended: what is held of it may be wrong. */
    changed(provider: OAuthProvider): void;
    /** As that of a keeper. */
    forget(): void;
    restart(): void;
}
