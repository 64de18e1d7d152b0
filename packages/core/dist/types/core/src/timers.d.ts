/** `setTimeout` that keeps no process alive: Node would wait for it. */
export declare function later(work: () => void, milliseconds: number): ReturnType<typeof setTimeout>;
