/** @param {OAuthProvider} provider */
export function glyph(provider: OAuthProvider): HTMLSpanElement;
import type { OAuthProvider } from '../providers.js';
