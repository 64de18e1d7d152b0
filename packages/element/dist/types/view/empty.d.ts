/**
 * What is there while nothing is connected: where to begin. Without a list of `providers` that is up to the app, which may put
 * its own buttons into the slot.
 */
export class Empty {
    /** @param {() => void} look */
    constructor(look: () => void);
    button: HTMLButtonElement;
    element: HTMLDivElement;
    /**
     * @param {Model} model
     * @param {number} rows How many providers are shown.
     * @param {boolean} looking Whether the user has asked to look again.
     * @param {Words} words
     */
    update({ phase, trouble, connections, busy, notes }: Model, rows: number, looking: boolean, words: Words): void;
    #private;
}
import type { Model } from '../model.js';
import type { Words } from '../words.js';
