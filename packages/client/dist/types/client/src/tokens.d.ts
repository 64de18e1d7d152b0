/** An access token as the server has answered it. */
export interface AccessToken {
    accessToken: string;
    /** In milliseconds since 1970; null: no known expiry. */
    expiresAt: number | null;
}
export interface Wanted {
    /** How long it has to live yet, in seconds. */
    minValidFor: number;
    /** The one that the provider's API has just refused: not this one. */
    refused?: string | undefined;
}
/** How tokens are had from the server. */
export interface Source {
    read(): Promise<AccessToken>;
    /** Another one, whatever the last one's expiry says. */
    renew(): Promise<AccessToken>;
}
/**
 * Access tokens in memory, by key: whose they are, and of which provider. One that lives for long enough is answered from
 * here; whoever asks for the same one while it is read, joins.
 */
export declare class AccessTokens {
    #private;
    /** `now` in milliseconds since 1970. */
    constructor(now: () => number);
    get(key: string, { minValidFor, refused }: Wanted, source: Source): Promise<string>;
    /** Those whose key begins so; all where it is left out. */
    forget(beginning?: string): void;
}
