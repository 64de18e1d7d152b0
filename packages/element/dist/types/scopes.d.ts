/** All that there are. */
export const PROVIDERS: ("apple" | "azuread" | "bitbucket" | "discord" | "entraid" | "facebook" | "github" | "gitlab" | "google" | "linkedin" | "spotify" | "strava" | "twitch" | "twitter" | "windowslive" | "workos")[];
export function scopesAttribute(provider: OAuthProvider): string;
export function scopesIn(list: string | null): string[];
export function shortScope(scope: string): string;
import type { OAuthProvider } from './providers.js';
