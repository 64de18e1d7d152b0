/** Asks before it disconnects, and says what that means. */
export class Confirm {
    /**
     * @param {OAuthProvider} provider
     * @param {() => void} confirmed
     * @param {() => void} closed Called where the focus is to go back to what opened it.
     */
    constructor(provider: OAuthProvider, confirmed: () => void, closed: () => void);
    element: HTMLDivElement;
    get open(): boolean;
    /** Shows it, with the focus on what does no harm. */
    ask(): void;
    close(): void;
    /**
     * @param {OAuthProvider} provider
     * @param {Words} words
     */
    update(provider: OAuthProvider, words: Words): void;
    #private;
}
import type { OAuthProvider } from '../providers.js';
import type { Words } from '../words.js';
