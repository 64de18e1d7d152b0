/** How each state is called and drawn; `tone` colours it, never alone. */
/** @type {Record<RowState, { key: StringKey, tone: 'good' | 'warn' | 'bad' | 'busy' | 'none', path: string }>} */
export const STATES: Record<RowState, {
    key: StringKey;
    tone: "good" | "warn" | "bad" | "busy" | "none";
    path: string;
}>;
import type { RowState } from '../types.js';
import type { StringKey } from '../strings/index.js';
