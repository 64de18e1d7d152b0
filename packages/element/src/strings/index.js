import { de } from './de.js'
import { en } from './en.js'

/** @typedef {keyof typeof en} StringKey */
/** @typedef {Record<StringKey, string>} Strings All that the element says. */

/** @type {Record<string, Strings>} */
export const LANGUAGES = { en, de }

/**
 * The texts of a locale (BCP 47); undefined where its language is not shipped.
 * @param {string} locale
 * @returns {Strings | undefined}
 */
export const stringsOf = (locale) => LANGUAGES[locale.toLowerCase().split('-')[0] ?? '']
