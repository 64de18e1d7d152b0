/**
 * @param {string} source
 * @returns {unknown} `undefined` where it is no JSON.
 */
export function parse(source: string): unknown;
export function field(value: unknown, name: string): unknown;
export function list(value: unknown): unknown[];
export function text(value: unknown): string | null;
export function number(value: unknown): number | null;
export function moment(value: unknown): number | null;
export function oneOf<T extends string>(value: unknown, words: readonly T[]): T | null;
