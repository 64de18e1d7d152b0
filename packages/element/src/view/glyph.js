/** @import { OAuthProvider } from '../providers.js' */
import { h } from './dom.js'

/**
 * Initials, each provider's in a hue of its own: logos are their owners'.
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

/** @param {OAuthProvider} provider */
export function glyph(provider) {
  const [initials, hue] = LOOKS[provider]
  const element = h('span', { part: 'glyph', 'aria-hidden': 'true' }, initials)
  element.style.setProperty('--_hue', hue)
  return element
}
