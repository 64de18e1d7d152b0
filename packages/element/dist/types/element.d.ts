/**
 * `<provider-connections>`: a user's connections, what is wrong with them, and what can be done.
 */
export class ProviderConnectionsElement extends HTMLElement {
    static observedAttributes: string[];
    /** @param {JwtSource} source */
    set jwt(source: JwtSource);
    /** Where the user's JWT comes from: the JWT, or better a function that answers one. */
    get jwt(): JwtSource;
    /** @param {Exchange | null} exchange */
    set exchange(exchange: Exchange | null);
    /** Exchanges the code of a sign-in (PKCE) for the app's session; null: sign-ins bring a refresh token. */
    get exchange(): Exchange | null;
    /** @param {Partial<Strings>} strings */
    set strings(strings: Partial<Strings>);
    /** Texts in place of those that are shipped. */
    get strings(): Partial<Strings>;
    /** @param {() => number} now */
    set now(now: () => number);
    /** The clock: milliseconds since 1970. */
    get now(): () => number;
    /** What is shown. There is no token in it. */
    get connections(): readonly import("./types.js").Connection[];
    connectedCallback(): void;
    disconnectedCallback(): void;
    /**
     * @param {string} name
     * @param {string | null} before
     * @param {string | null} value
     */
    attributeChangedCallback(name: string, before: string | null, value: string | null): void;
    /** Looks again now. */
    refresh(): Promise<void>;
    #private;
}
import type { JwtSource } from './types.js';
import type { Exchange } from './signin.js';
import type { Strings } from './strings/index.js';
