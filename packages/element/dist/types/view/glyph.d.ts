/**
 * @param {OAuthProvider} provider
 * @param {boolean} marked Whether its mark is loaded.
 */
export function glyph(provider: OAuthProvider, marked: boolean): HTMLSpanElement;
import type { OAuthProvider } from '../providers.js';
