export namespace NAMES {
    let apple: string;
    let azuread: string;
    let bitbucket: string;
    let discord: string;
    let entraid: string;
    let facebook: string;
    let github: string;
    let gitlab: string;
    let google: string;
    let linkedin: string;
    let spotify: string;
    let strava: string;
    let twitch: string;
    let twitter: string;
    let windowslive: string;
    let workos: string;
}
export function isProvider(value: unknown): value is OAuthProvider;
export function nameOf(provider: OAuthProvider): string;
export function listed(list: string | null): OAuthProvider[];
/**
 * An OAuth provider, by Nhost's own id.
 */
export type OAuthProvider = keyof typeof NAMES;
