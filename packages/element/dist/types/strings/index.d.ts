/** @typedef {keyof typeof en} StringKey */
/** @typedef {Record<StringKey, string>} Strings All that the element says. */
/** @type {Record<string, Strings>} */
export const LANGUAGES: Record<string, Strings>;
export function stringsOf(locale: string): Strings | undefined;
export type StringKey = keyof typeof en;
/**
 * All that the element says.
 */
export type Strings = Record<StringKey, string>;
import { en } from './en.js';
