/** Reads the same thing one time after the other, never side by side: a later answer is never overtaken by an earlier one. */
export class Reads {
    /** @param {() => Promise<void>} read Never fails. */
    constructor(read: () => Promise<void>);
    /**
     * Reads again. What is under way may have been answered before the change that is looked for, so another read follows it;
     * one for all who ask meanwhile.
     * @returns {Promise<void>}
     */
    again(): Promise<void>;
    /** The read that was asked for last. */
    get last(): Promise<void>;
    /** What is under way was asked for by another user, and is not waited for. */
    drop(): void;
    #private;
}
