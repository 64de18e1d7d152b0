import type { JwtSource } from '../../element/src/types.js';
import { type Answer } from './post.js';
/** Whose calls they are. */
export type Credentials = {
    /** The user's JWT, or a function that answers it; `fresh: true` asks for a new one. null: nobody is signed in. */
    jwt: JwtSource;
    serviceSecret?: never;
} | {
    /** The server's SERVICE_SECRET, which speaks for any user: on a server alone, never in a browser or an app. */
    serviceSecret: string;
    jwt?: never;
};
/** Sends operations as a user or as a service, and says whose they were. */
export declare class Caller {
    #private;
    constructor(endpoint: string, credentials: Credentials, headers: Record<string, string>, now: () => number);
    /**
     * Who is signed in, by the JWT; its text where it does not say. null: a service calls.
     * @throws {ProviderConnectionsError} `SIGNED_OUT`, `OFFLINE`
     */
    user(): Promise<string | null>;
    /**
     * `as`: only as this user, who was signed in when the caller looked.
     * @throws {ProviderConnectionsError} `OFFLINE`, `SIGNED_OUT`, `SESSION_ENDED`, `USER_CHANGED`; the first error where no field was answered.
     */
    send(query: string, variables: unknown, as?: string): Promise<Answer>;
}
