/** @typedef {keyof typeof texts} StringKey */
/** @typedef {Record<StringKey, string>} Strings All that the element says. */
/** @typedef {'en' | 'de'} Language */
/** @type {readonly Language[]} */
export const LANGUAGES: readonly Language[];
export function languageOf(locale: string): Language | undefined;
export function textOf(key: StringKey, language: Language): string;
export function isKey(key: string): boolean;
export type StringKey = keyof typeof texts;
/**
 * All that the element says.
 */
export type Strings = Record<StringKey, string>;
export type Language = "en" | "de";
import { texts } from './texts.js';
