/**
 * Says when to look again: at intervals, when the page is shown or comes back (also by the back
 * button), and when the network is back. Silent while the page is hidden.
 */
export class Schedule {
    /** @param {(why: 'poll' | 'shown' | 'hidden' | 'online' | 'back') => void} look At `hidden` there is nothing to look at. */
    constructor(look: (why: "poll" | "shown" | "hidden" | "online" | "back") => void);
    /** Whether the page is shown. */
    get visible(): boolean;
    /** @param {boolean} on Off while something else tells of changes. */
    poll(on: boolean): void;
    start(): void;
    stop(): void;
    #private;
}
