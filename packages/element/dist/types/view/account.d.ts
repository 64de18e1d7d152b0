/** Which account at the provider it is: a picture, or initials where there is none, and what people know it by. */
export class AccountLine {
    element: HTMLDivElement;
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
