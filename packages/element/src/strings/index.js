import { texts } from './texts.js'

/** @typedef {keyof typeof texts} StringKey */
/** @typedef {Record<StringKey, string>} Strings All that the element says. */
/** @typedef {'en' | 'de'} Language */

/** @type {readonly Language[]} */
export const LANGUAGES = ['en', 'de']

/**
 * The texts of a locale (BCP 47); undefined where its language is not shipped.
 * @param {string} locale
 * @returns {Language | undefined}
 */
export const languageOf = (locale) => LANGUAGES.find((one) => one === locale.toLowerCase().split('-')[0])

/**
 * @param {StringKey} key
 * @param {Language} language
 */
export const textOf = (key, language) => texts[key][language]

/** @param {string} key */
export const isKey = (key) => Object.hasOwn(texts, key)
