export function endsSoon({ reconnectBy }: Connection, now: number): boolean;
export function ended({ refreshable, expiresAt }: Connection, now: number): boolean;
import type { Connection } from './types.js';
