/** @import { OAuthProvider } from '../providers.js' */
import { h } from './dom.js'
import { showMark } from './marks.js'

/**
 * Initials, each provider's in a hue of its own: what is there until its mark is, and where it has none.
 * @type {Record<OAuthProvider, [initials: string, hue: string]>}
 */
const LOOKS = {
  apple: ['Ap', '220'],
  azuread: ['Az', '205'],
  bitbucket: ['Bb', '217'],
  discord: ['Di', '235'],
  entraid: ['En', '190'],
  facebook: ['Fb', '221'],
  github: ['Gh', '270'],
  gitlab: ['Gl', '20'],
  google: ['Go', '212'],
  linkedin: ['Li', '203'],
  spotify: ['Sp', '145'],
  strava: ['St', '16'],
  twitch: ['Tw', '262'],
  twitter: ['X', '200'],
  windowslive: ['Ms', '180'],
  workos: ['Wo', '245'],
}

/**
 * @param {OAuthProvider} provider
 * @param {boolean} marked Whether its mark is loaded.
 */
export function glyph(provider, marked) {
  const [initials, hue] = LOOKS[provider]
  const element = h('span', { part: 'glyph', 'aria-hidden': 'true' }, initials)
  element.style.setProperty('--_hue', hue)
  if (marked) void showMark(element, provider)
  return element
}
