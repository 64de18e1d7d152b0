/**
 * The path of a provider's mark, in a square of 24; null: there is none, or it can't be loaded.
 * @param {OAuthProvider} provider
 */
export function markOf(provider: OAuthProvider): Promise<string | null>;
/**
 * Puts a provider's mark in the place of its initials, once it is there.
 * @param {HTMLElement} glyph
 * @param {OAuthProvider} provider
 */
export function showMark(glyph: HTMLElement, provider: OAuthProvider): Promise<void>;
export function pathIn(svg: string): string | null;
import type { OAuthProvider } from '../providers.js';
