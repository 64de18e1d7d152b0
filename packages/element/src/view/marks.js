/** @import { OAuthProvider } from '../providers.js' */
import { mark as drawn } from './dom.js'

/**
 * Where each provider's mark is: beside this script, and loaded only where it is shown. Those of LinkedIn, Microsoft and
 * WorkOS are in no set that may be passed on; they have initials. Written out, since bundlers look for these words.
 * @type {Partial<Record<OAuthProvider, () => URL>>}
 */
const ADDRESSES = {
  apple: () => new URL('./marks/apple.svg', import.meta.url),
  bitbucket: () => new URL('./marks/bitbucket.svg', import.meta.url),
  discord: () => new URL('./marks/discord.svg', import.meta.url),
  facebook: () => new URL('./marks/facebook.svg', import.meta.url),
  github: () => new URL('./marks/github.svg', import.meta.url),
  gitlab: () => new URL('./marks/gitlab.svg', import.meta.url),
  google: () => new URL('./marks/google.svg', import.meta.url),
  spotify: () => new URL('./marks/spotify.svg', import.meta.url),
  strava: () => new URL('./marks/strava.svg', import.meta.url),
  twitch: () => new URL('./marks/twitch.svg', import.meta.url),
  twitter: () => new URL('./marks/twitter.svg', import.meta.url),
}

/** What of a file is used: one path, which can draw and nothing else. A page that pins this script trusts no other file. */
const PATH = /<path d="([-MmZzLlHhVvCcSsQqTtAa\d ,.]+)"\/>/

/** @type {Map<OAuthProvider, Promise<string | null>>} */
const loaded = new Map()

/**
 * The path of a provider's mark, in a square of 24; null: there is none, or it can't be loaded.
 * @param {OAuthProvider} provider
 */
export function markOf(provider) {
  const path = loaded.get(provider) ?? load(provider)
  loaded.set(provider, path)
  return path
}

/**
 * The path that a file draws; null where it is no drawing of one path.
 * @param {string} svg
 */
export const pathIn = (svg) => PATH.exec(svg)?.[1] ?? null

/** @param {OAuthProvider} provider */
async function load(provider) {
  try {
    const address = ADDRESSES[provider]?.()
    if (address === undefined) return null
    const response = await fetch(address, { credentials: 'omit', referrerPolicy: 'no-referrer' })
    return response.ok ? pathIn(await response.text()) : null
  } catch {
    return null
  }
}

/**
 * Puts a provider's mark in the place of its initials, once it is there.
 * @param {HTMLElement} glyph
 * @param {OAuthProvider} provider
 */
export async function showMark(glyph, provider) {
  const path = await markOf(provider)
  if (path !== null) glyph.replaceChildren(drawn(path))
}
