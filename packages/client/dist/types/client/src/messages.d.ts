/** Every sentence of these packages that an app may show its user, or log. `${…}` is filled in by the functions. */
/** For a failure without an answer of the server, by its code. */
export declare const MESSAGES: Readonly<Record<string, string>>;
export declare const notConnectedMessage: (provider: string) => string;
export declare const NO_SIGN_IN_ADDRESS = "The server sent no sign-in address. Try again in a moment.";
export declare const NHOST_AUTH_UNREACHABLE = "Nhost Auth can\u2019t be reached. Try again in a moment.";
export declare const SECRET_IN_BROWSER = "A service secret has no place in a browser: it reads every user\u2019s tokens. Pass `jwt`.";
