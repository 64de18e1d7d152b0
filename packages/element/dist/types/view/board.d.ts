/** All that is shown: notices, and a row for each provider. */
export class Board {
    /**
     * @param {ShadowRoot} root
     * @param {RowActions} actions
     */
    constructor(root: ShadowRoot, actions: RowActions);
    /** Whether what happened lately is looked at somewhere. */
    get recent(): boolean;
    /**
     * @param {Model} model
     * @param {readonly OAuthProvider[]} listed In this order; none: those that are connected.
     * @param {boolean} waiting A sign-in came back, and the app has no session yet.
     * @param {Words} words
     * @param {Pictures} pictures
     */
    update(model: Model, listed: readonly OAuthProvider[], waiting: boolean, words: Words, { avatars, marks }: Pictures): void;
    #private;
}
/**
 * Which pictures may be loaded.
 */
export type Pictures = {
    /**
     * The accounts', from the providers' own servers.
     */
    avatars: boolean;
    /**
     * The providers', from beside this script.
     */
    marks: boolean;
};
import type { Model } from '../model.js';
import type { OAuthProvider } from '../providers.js';
import type { Words } from '../words.js';
import type { RowActions } from './row.js';
