/**
 * Which account it is. Its picture and its name come first, and the provider's name and the address below. Where the account
 * isn't known the provider's name is the title.
 */
export class AccountLine {
    /** @param {OAuthProvider} provider */
    constructor(provider: OAuthProvider);
    picture: HTMLSpanElement;
    name: HTMLSpanElement;
    line: HTMLDivElement;
    /** The ids of what names the row. */
    get labels(): string;
    /**
     * @param {Account | null} account
     * @param {boolean} avatars Whether pictures may be loaded, from the providers' own servers.
     * @param {Words} words
     */
    update(account: Account | null, avatars: boolean, words: Words): void;
    #private;
}
import type { Account } from '../types.js';
import type { Words } from '../words.js';
import type { OAuthProvider } from '../providers.js';
