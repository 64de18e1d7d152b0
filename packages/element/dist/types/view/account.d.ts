/**
 * Which account it is. Its name comes first, with its picture, or initials where there is none; the provider's below. Where the
 * account isn't known the provider's name is the title.
 */
export class AccountLine {
    /** @param {OAuthProvider} provider */
    constructor(provider: OAuthProvider);
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
