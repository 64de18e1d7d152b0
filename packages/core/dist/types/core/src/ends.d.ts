import type { Connection } from './types.js';
/**
 * Whether it is time to offer a new sign-in: the connection is expected to end within a week, and most of its life is over. One
 * that lives for less than a day never says so. `now` in milliseconds since 1970.
 */
export declare function endsSoon({ connectedAt, reconnectBy }: Connection, now?: number): boolean;
