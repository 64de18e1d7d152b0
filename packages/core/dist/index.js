/*! @provider-connections/core. MIT OR Apache-2.0. Generated from packages/core/src. */

// ../element/src/providers.js
var NAMES = {
  apple: "Apple",
  azuread: "Azure AD",
  bitbucket: "Bitbucket",
  discord: "Discord",
  entraid: "Microsoft Entra ID",
  facebook: "Facebook",
  github: "GitHub",
  gitlab: "GitLab",
  google: "Google",
  linkedin: "LinkedIn",
  spotify: "Spotify",
  strava: "Strava",
  twitch: "Twitch",
  twitter: "Twitter",
  windowslive: "Microsoft",
  workos: "WorkOS"
};
var isProvider = (value) => typeof value === "string" && Object.hasOwn(NAMES, value);

// ../element/src/address.js
function webAddress(address, base) {
  try {
    const url = new URL(address ?? "", base);
    return /^https?:$/.test(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

// ../element/src/json.js
var field = (value, name) => typeof value === "object" && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : void 0;
var list = (value) => Array.isArray(value) ? value : [];
var text = (value) => typeof value === "string" ? value : null;
var number = (value) => typeof value === "number" && Number.isFinite(value) ? value : null;
var moment = (value) => typeof value === "string" ? number(Date.parse(value)) : null;
var oneOf = (value, words) => words.find((word) => word === value) ?? null;
function parse(source) {
  try {
    return JSON.parse(source);
  } catch {
    return void 0;
  }
}

// ../element/src/failure.js
var Failure = class _Failure extends Error {
  /**
   * @param {string} code
   * @param {string} [message]
   * @param {{ reason?: string | null, retryAfter?: number | null, reauthenticationUrl?: string | null, requestId?: string | null }} [more]
   *   `retryAfter` in seconds.
   */
  constructor(code, message = code, more = {}) {
    super(message);
    this.name = "Failure";
    this.code = code;
    this.reason = more.reason ?? null;
    this.retryAfter = more.retryAfter ?? null;
    this.reauthenticationUrl = more.reauthenticationUrl ?? null;
    this.requestId = more.requestId ?? null;
  }
  /**
   * @param {unknown} error One of `errors` of a GraphQL answer.
   * @returns {Failure}
   */
  static of(error) {
    const extensions = field(error, "extensions");
    const code = text(field(extensions, "code")) ?? "INTERNAL";
    return new _Failure(code, text(field(error, "message")) ?? code, {
      reason: text(field(extensions, "reason")),
      retryAfter: number(field(extensions, "retryAfter")),
      reauthenticationUrl: text(field(extensions, "reauthenticationUrl")),
      requestId: text(field(extensions, "requestId"))
    });
  }
  /**
   * @param {unknown} thrown
   * @returns {Failure}
   */
  static from(thrown) {
    return thrown instanceof _Failure ? thrown : new _Failure("INTERNAL", thrown instanceof Error ? thrown.message : void 0);
  }
};

// ../element/src/pending.js
var KEY = "provider-connection";
var LONGEST = 36e5;
var base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
var random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));
var canHash = () => globalThis.crypto?.subtle !== void 0;
async function challengeOf(verifier) {
  return canHash() ? base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)))) : random();
}
async function begin(provider, page) {
  const verifier = random();
  const pending2 = { provider, verifier, challenge: await challengeOf(verifier), page, at: Date.now(), left: false, failure: null, told: false };
  keep(pending2);
  return pending2;
}
function keep(pending2) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(pending2));
  } catch {
    throw new Failure("STORAGE_BLOCKED");
  }
}
function pending() {
  const kept = read(KEY);
  const provider = field(kept, "provider");
  const [verifier, challenge, page, at] = [text(field(kept, "verifier")), text(field(kept, "challenge")), text(field(kept, "page")), number(field(kept, "at"))];
  if (!isProvider(provider) || verifier === null || challenge === null || page === null || at === null) return null;
  if (Math.abs(Date.now() - at) > LONGEST) return null;
  if (webAddress(page)?.origin !== location.origin) return null;
  return { provider, verifier, challenge, page, at, left: field(kept, "left") === true, failure: text(field(kept, "failure")), told: field(kept, "told") === true };
}
function tell(pending2) {
  try {
    keep({ ...pending2, failure: null, told: true });
  } catch {
    forget();
  }
}
function forget() {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
  }
}
var stateOf = ({ provider, challenge }) => `${KEY}.${provider}.${challenge}`;
function readState(state) {
  const [, provider, challenge] = /^provider-connection\.(\w+)\.([\w-]{43})$/.exec(state ?? "") ?? [];
  return isProvider(provider) && challenge !== void 0 ? { provider, challenge } : null;
}
function read(key) {
  try {
    return parse(sessionStorage.getItem(key) ?? "");
  } catch {
    return void 0;
  }
}

// ../element/src/arrival.js
var ERRORS = ["error", "errorDescription", "provider_error", "provider_error_description", "provider_error_url", "provider_state"];
var SESSION = "refreshToken";
var STATELESS = ["invalid-state", "redirectTo-not-allowed"];
var REMEMBERED = 3e3;
function returnAddress(redirectTo) {
  const page = webAddress(redirectTo ?? location.href, document.baseURI);
  if (page === null || page.origin !== location.origin) throw new Failure("REDIRECT_REFUSED");
  for (const name of [...ERRORS, SESSION]) page.searchParams.delete(name);
  return page.href;
}
function failureOf(parameters) {
  const error = parameters.get("error");
  if (error === null) return null;
  if (error === "invalid-state") return new Failure("SIGN_IN_TOO_SLOW");
  if (error.endsWith("already-linked")) return new Failure("ALREADY_LINKED");
  if (error === "disabled-endpoint") return new Failure("PROVIDER_NOT_ENABLED");
  if (error === "disabled-user") return new Failure("USER_DISABLED");
  if (error === "invalid-email-password" || error === "signup-disabled") return new Failure("NOT_SIGNED_UP");
  if (/^(access_denied$|user_cancelled)/.test(parameters.get("provider_error") ?? error)) return new Failure("SIGN_IN_CANCELLED");
  return new Failure("SIGN_IN_FAILED");
}
var Arrival = class {
  /** @type {Promise<void> | null} */
  #connection = null;
  /**
   * @param {OAuthProvider} provider
   * @param {Failure | null} failure
   * @param {{ refreshToken?: string | null, code?: string | null, begun?: Pending | null, answered?: boolean }} [more]
   *   `begun`: as this tab remembers it; `answered`: whether its state has come back, so that nothing else can.
   */
  constructor(provider, failure, { refreshToken = null, code = null, begun = null, answered = false } = {}) {
    this.provider = provider;
    this.failure = failure;
    this.signedIn = code !== null || refreshToken !== null;
    this.refreshToken = refreshToken;
    this.code = code;
    this.begun = begun;
    this.answered = answered;
    if (failure !== null) this.#forget();
  }
  /**
   * What the app exchanges for a session, once; null where there is nothing.
   * @returns {{ code: string, codeVerifier: string } | null}
   */
  takeCode() {
    const { code, begun } = this;
    this.code = null;
    return code === null || begun === null ? null : { code, codeVerifier: begun.verifier };
  }
  /**
   * The refresh token that it brought, which the app exchanges for a session, once; null where there is none.
   * @returns {string | null}
   */
  takeRefreshToken() {
    const { refreshToken } = this;
    this.refreshToken = null;
    clean([SESSION]);
    return refreshToken;
  }
  /**
   * Connects, once for the page: who asks meanwhile or afterwards gets the same. Where nobody is
   * signed in yet it can be asked again.
   * @param {() => Promise<void>} connect
   */
  connect(connect) {
    this.#connection ??= connect().then(
      () => {
        clean([SESSION]);
        this.#forget();
      },
      (thrown) => {
        if (thrown instanceof Failure && (thrown.code === "SIGNED_OUT" || thrown.code === "SESSION_ENDED")) this.#connection = null;
        else this.#forget();
        throw thrown;
      }
    );
    return this.#connection;
  }
  #forget() {
    setTimeout(() => {
      if (arrival === this) arrival = null;
    }, REMEMBERED);
  }
};
function read2() {
  if (globalThis.location === void 0) return null;
  const parameters = new URLSearchParams(location.search);
  const state = readState(parameters.get("state"));
  const begun = pending();
  if (state !== null) {
    if (begun?.challenge !== state.challenge) {
      clean([SESSION, "code"]);
      return new Arrival(state.provider, new Failure("SIGN_IN_NOT_BEGUN_HERE"));
    }
    const [refreshToken, code] = [parameters.get(SESSION), parameters.get("code")];
    return new Arrival(state.provider, failureOf(parameters), { refreshToken, code, begun, answered: true });
  }
  if (begun === null || begun.told) return null;
  const { provider, failure, left } = begun;
  if (failure !== null) return new Arrival(provider, new Failure(failure), { begun, answered: begun.challenge === "" });
  if (STATELESS.includes(parameters.get("error") ?? "")) return new Arrival(provider, failureOf(parameters), { begun });
  return left ? new Arrival(provider, new Failure("SIGN_IN_UNFINISHED"), { begun }) : null;
}
var arrival = read2();
function arrived() {
  if (arrival !== null) {
    const { searchParams } = new URL(location.href);
    const ours = readState(searchParams.get("state")) !== null;
    if (ours || STATELESS.includes(searchParams.get("error") ?? "")) clean([...ERRORS, ...ours ? ["state", "code"] : []]);
    const { begun, answered } = arrival;
    if (begun !== null && pending()?.challenge === begun.challenge) answered ? forget() : tell(begun);
  }
  return arrival;
}
function clean(names) {
  const page = new URL(location.href);
  if (!names.some((name) => page.searchParams.has(name))) return;
  for (const name of names) page.searchParams.delete(name);
  history.replaceState(history.state, "", page);
}

// ../element/src/round-trip.js
async function beginSignIn(provider, { redirectTo } = {}) {
  const target = returnAddress(redirectTo ?? null);
  const begun = await begin(provider, returnAddress(null));
  return { redirectTo: target, state: stateOf(begun), codeChallenge: canHash() ? begun.challenge : null };
}

// ../client/src/callApi.ts
async function callApi(getToken, url, init = {}) {
  const send3 = async (accessToken2) => {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${accessToken2}`);
    return await fetch(url, { ...init, headers });
  };
  const accessToken = await getToken();
  const response = await send3(accessToken);
  const isStream = typeof ReadableStream !== "undefined" && init.body instanceof ReadableStream;
  return response.status === 401 && !isStream ? await send3(await getToken({ refused: accessToken })) : response;
}

// ../client/src/errors.ts
var ProviderConnectionsError = class extends Failure {
  name = "ProviderConnectionsError";
  /** What ends it; null: that depends on a code that this package does not know. */
  remedy = null;
  /** The provider that it is about, by Nhost's id. */
  provider;
  /** Who is down: `nhost-auth`, a provider's id, `provider-connections` or `jwks`. */
  upstream;
  /** The OAuth app that lacks a grant. */
  clientId;
  /** What the user has not granted, of what the operator requires. */
  missingScopes;
  /** What no sign-in of this app asks for, of what the call has named. */
  scopes;
  /** Which field of the answer could not be had. */
  path;
  constructor(code, message, details = {}) {
    const { reason = null, retryAfter = null, reauthenticationUrl = null, requestId = null } = details;
    super(code, message, { reason, retryAfter, reauthenticationUrl, requestId });
    this.provider = details.provider ?? null;
    this.upstream = details.upstream ?? null;
    this.clientId = details.clientId ?? null;
    this.missingScopes = details.missingScopes ?? [];
    this.scopes = details.scopes ?? [];
    this.path = details.path ?? [];
  }
};
var SignInAgainError = class extends ProviderConnectionsError {
  remedy = "sign-in-again";
};
var RetryLaterError = class extends ProviderConnectionsError {
  remedy = "retry-later";
};
var OperatorError = class extends ProviderConnectionsError {
  remedy = "tell-operator";
};
var CallError = class extends ProviderConnectionsError {
  remedy = "fix-call";
};
var NotConnectedError = class extends SignInAgainError {
};
var NotRefreshableError = class extends SignInAgainError {
};
var ReauthenticationRequiredError = class extends SignInAgainError {
};
var ProviderSessionNotFoundError = class extends SignInAgainError {
};
var AccountMismatchError = class extends SignInAgainError {
};
var AccountUnverifiedError = class extends SignInAgainError {
};
var TokenUnreadableError = class extends SignInAgainError {
};
var InsufficientScopeError = class extends SignInAgainError {
};
var UpstreamUnavailableError = class extends RetryLaterError {
};
var RateLimitedError = class extends RetryLaterError {
};
var OfflineError = class extends RetryLaterError {
};
var UnauthenticatedError = class extends ProviderConnectionsError {
  remedy = "renew-session";
};
var UserChangedError = class extends ProviderConnectionsError {
  remedy = "renew-session";
};
var ProviderNotEnabledError = class extends OperatorError {
};
var ScopeNotConfiguredError = class extends OperatorError {
};
var ImportRefusedError = class extends OperatorError {
};
var InternalError = class extends OperatorError {
};
var ForbiddenError = class extends CallError {
};
var BadUserInputError = class extends CallError {
};
var QueryTooComplexError = class extends CallError {
};
var GraphQLParseError = class extends CallError {
};
var GraphQLValidationError = class extends CallError {
};
var MethodNotAllowedError = class extends CallError {
};
var NotFoundError = class extends CallError {
};
var MisdirectedRequestError = class extends CallError {
};
var UnsupportedMediaTypeError = class extends CallError {
};
var BadRequestError = class extends CallError {
};
var PersistedQueryNotSupportedError = class extends CallError {
};
var PersistedQueryNotFoundError = class extends CallError {
};
var PayloadTooLargeError = class extends CallError {
};
var errorClasses = {
  NOT_CONNECTED: NotConnectedError,
  NOT_REFRESHABLE: NotRefreshableError,
  REAUTHENTICATION_REQUIRED: ReauthenticationRequiredError,
  PROVIDER_SESSION_NOT_FOUND: ProviderSessionNotFoundError,
  ACCOUNT_MISMATCH: AccountMismatchError,
  ACCOUNT_UNVERIFIED: AccountUnverifiedError,
  TOKEN_UNREADABLE: TokenUnreadableError,
  INSUFFICIENT_SCOPE: InsufficientScopeError,
  UPSTREAM_UNAVAILABLE: UpstreamUnavailableError,
  RATE_LIMITED: RateLimitedError,
  UNAUTHENTICATED: UnauthenticatedError,
  PROVIDER_NOT_ENABLED: ProviderNotEnabledError,
  SCOPE_NOT_CONFIGURED: ScopeNotConfiguredError,
  IMPORT_REFUSED: ImportRefusedError,
  INTERNAL: InternalError,
  FORBIDDEN: ForbiddenError,
  BAD_USER_INPUT: BadUserInputError,
  QUERY_TOO_COMPLEX: QueryTooComplexError,
  GRAPHQL_PARSE_FAILED: GraphQLParseError,
  GRAPHQL_VALIDATION_FAILED: GraphQLValidationError,
  METHOD_NOT_ALLOWED: MethodNotAllowedError,
  NOT_FOUND: NotFoundError,
  MISDIRECTED_REQUEST: MisdirectedRequestError,
  UNSUPPORTED_MEDIA_TYPE: UnsupportedMediaTypeError,
  BAD_REQUEST: BadRequestError,
  PERSISTED_QUERY_NOT_SUPPORTED: PersistedQueryNotSupportedError,
  PERSISTED_QUERY_NOT_FOUND: PersistedQueryNotFoundError,
  PAYLOAD_TOO_LARGE: PayloadTooLargeError,
  OFFLINE: OfflineError,
  SIGNED_OUT: UnauthenticatedError,
  SESSION_ENDED: UnauthenticatedError,
  USER_CHANGED: UserChangedError
};

// ../element/src/session.js
var MARGIN = 1e4;
var RENEWABLE = ["jwt-expired", "jwt-invalid", "jwt-missing"];
var Session = class {
  /** @type {JwtSource} */
  #source = null;
  /** @type {Promise<string | null> | null} */
  #renewal = null;
  /** Whether calls have asked for a new JWT since the last that went well: they ask for one once. */
  #renewed = false;
  /** @param {() => number} now Milliseconds since 1970. */
  constructor(now) {
    this.now = now;
  }
  get source() {
    return this.#source;
  }
  set source(source) {
    this.#source = source;
    this.userChanged();
  }
  /** Another user may be signed in now: their calls don't join a renewal that was begun for the one before. */
  userChanged() {
    this.#renewal = null;
    this.#renewed = false;
  }
  /**
   * The user's JWT, with a good while to live if there is one to be had.
   * @param {number} [margin] How long it has to live yet, in milliseconds.
   * @returns {Promise<string | null>}
   */
  async jwt(margin = MARGIN) {
    const jwt = await this.#ask(false);
    return jwt !== null && this.#ending(jwt, margin) && !this.#renewed ? await this.#once() : jwt;
  }
  /**
   * A new JWT. Calls that are refused side by side ask for one.
   * @returns {Promise<string | null>}
   */
  renew() {
    if (this.#renewal !== null) return this.#renewal;
    const renewal = this.#ask(true).finally(() => {
      if (this.#renewal === renewal) this.#renewal = null;
    });
    this.#renewal = renewal;
    return renewal;
  }
  /** A new JWT for calls, which ask for no other until one goes well. */
  #once() {
    this.#renewed = true;
    return this.renew();
  }
  /**
   * Makes a call as the user; where the JWT is refused, once more with a new one.
   * @template T
   * @param {(jwt: string, user: string | null) => Promise<T>} call Gets the JWT and its `sub`.
   * @returns {Promise<T>}
   * @throws {Failure} `SIGNED_OUT`, `SESSION_ENDED`, and what `call` throws.
   */
  async as(call) {
    const jwt = await this.jwt();
    if (jwt === null) throw new Failure("SIGNED_OUT");
    try {
      return this.#good(await call(jwt, subject(jwt)));
    } catch (thrown) {
      if (!refused(thrown)) throw thrown;
    }
    const renewed = await (this.#renewal ?? (this.#renewed ? this.#ask(false) : this.#once()));
    if (renewed === null || renewed === jwt) throw new Failure("SESSION_ENDED");
    try {
      return this.#good(await call(renewed, subject(renewed)));
    } catch (thrown) {
      throw refused(thrown) ? new Failure("SESSION_ENDED") : thrown;
    }
  }
  /**
   * @template T
   * @param {T} answer
   */
  #good(answer) {
    this.#renewed = false;
    return answer;
  }
  /** @param {boolean} fresh */
  async #ask(fresh) {
    const source = this.#source;
    try {
      const jwt = typeof source === "function" ? await source({ fresh }) : source;
      return typeof jwt === "string" && jwt !== "" ? jwt : null;
    } catch {
      throw new Failure("OFFLINE");
    }
  }
  /**
   * @param {string} jwt
   * @param {number} margin
   */
  #ending(jwt, margin) {
    const end = expiry(jwt);
    return end !== null && end - this.now() < margin;
  }
};
var refused = (thrown) => thrown instanceof Failure && thrown.code === "UNAUTHENTICATED" && RENEWABLE.includes(thrown.reason ?? "");
function claims(jwt) {
  try {
    return parse(atob((jwt.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return void 0;
  }
}
function expiry(jwt) {
  const end = number(field(claims(jwt), "exp"));
  return end === null ? null : end * 1e3;
}
var subject = (jwt) => text(field(claims(jwt), "sub"));

// src/answers.ts
var STATUSES = ["ACTIVE", "REFRESH_FAILING", "REAUTHENTICATION_REQUIRED"];
var REVOCATIONS = ["REVOKED", "PENDING", "UNSUPPORTED"];
function connectionsOf(value, needed = {}) {
  return list(value).flatMap((one) => {
    const [provider, status] = [field(one, "provider"), oneOf(field(one, "status"), STATUSES)];
    if (!isProvider(provider) || status === null) return [];
    return [
      {
        id: text(field(one, "id")) ?? "",
        userId: text(field(one, "userId")) ?? "",
        provider,
        status,
        expiresAt: text(field(one, "expiresAt")),
        refreshable: field(one, "refreshable") === true,
        connectedAt: text(field(one, "connectedAt")) ?? "",
        refreshedAt: text(field(one, "refreshedAt")),
        lastFailure: lastFailureOf(field(one, "lastFailure")),
        account: accountOf(field(one, "account")),
        reconnectBy: text(field(one, "reconnectBy")),
        scopes: textsOf(field(one, "scopes")),
        missingScopes: ofNeeded(textsOf(field(one, "missingScopes")), needed[provider]),
        reauthenticationUrl: text(field(one, "reauthenticationUrl")) ?? ""
      }
    ];
  });
}
function ofNeeded(missing, needed = []) {
  return missing?.filter((scope) => needed.includes(scope)) ?? null;
}
function textsOf(value) {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : null;
}
function accountOf(value) {
  const id = text(field(value, "id"));
  if (id === null) return null;
  const of = (name) => text(field(value, name));
  return { id, email: of("email"), login: of("login"), name: of("name"), avatarUrl: of("avatarUrl"), profileUrl: of("profileUrl") };
}
function lastFailureOf(value) {
  const [code, at] = [text(field(value, "code")), text(field(value, "at"))];
  if (code === null || at === null) return null;
  return { code, message: text(field(value, "message")) ?? code, at, retryAt: text(field(value, "retryAt")) };
}
function revocationOf(value) {
  return oneOf(value, REVOCATIONS) ?? "UNSUPPORTED";
}
function placeOf({ path }) {
  return number(path[1]);
}

// ../client/src/messages.ts
var MESSAGES = {
  OFFLINE: "The server can’t be reached. Try again in a moment.",
  SIGNED_OUT: "Nobody is signed in to the app. Sign in first.",
  SESSION_ENDED: "The session has ended. Sign in to the app again.",
  USER_CHANGED: "Another user has signed in since, or nobody is signed in. Ask again.",
  CLOCK: "By this device’s clock, the token has expired. Set the clock."
};
var notConnectedMessage = (provider) => `The user has not connected ${provider}. Offer a sign-in with it.`;
var NO_SIGN_IN_ADDRESS = "The server sent no sign-in address. Try again in a moment.";
var NHOST_AUTH_UNREACHABLE = "Nhost Auth can’t be reached. Try again in a moment.";

// ../client/src/errorOf.ts
function errorOf(code, message = MESSAGES[code] ?? code, details = {}) {
  return isKnown(code) ? new errorClasses[code](code, message, details) : new ProviderConnectionsError(code, message, details);
}
function isKnown(code) {
  return Object.hasOwn(errorClasses, code);
}
function errorIn(error) {
  const failure = Failure.of(error);
  const of = (name) => field(field(error, "extensions"), name);
  const { reason, retryAfter, reauthenticationUrl, requestId } = failure;
  return errorOf(failure.code, failure.message, {
    reason,
    retryAfter,
    reauthenticationUrl,
    requestId,
    provider: text(of("provider")),
    upstream: text(of("upstream")),
    clientId: text(of("clientId")),
    missingScopes: texts(of("missingScopes")),
    scopes: texts(of("scopes")),
    path: list(field(error, "path")).filter((step) => typeof step === "string" || typeof step === "number")
  });
}
function errorFrom(thrown) {
  if (thrown instanceof ProviderConnectionsError) return thrown;
  const { code, message, reason, retryAfter } = Failure.from(thrown);
  return code === "OFFLINE" ? offline() : errorOf(code, message === code ? void 0 : message, { reason, retryAfter });
}
function offline() {
  return errorOf("OFFLINE", void 0, { retryAfter: RETRY });
}
function texts(value) {
  return list(value).filter((one) => typeof one === "string");
}
var RETRY = 10;

// src/failures.ts
function needsUser({ code, reauthenticationUrl }) {
  return reauthenticationUrl !== null || code === "NOT_CONNECTED" || isSignedOut(code);
}
function isSignedOut(code) {
  return code === "SIGNED_OUT" || code === "SESSION_ENDED";
}
function userChanged() {
  return errorOf("USER_CHANGED");
}

// ../client/src/post.ts
var LIMIT = 4e4;
async function send(endpoint, headers, query, variables) {
  const answer = await exchange(endpoint, headers, JSON.stringify({ query, variables }));
  const [data = null, errors] = [field(answer, "data"), list(field(answer, "errors"))];
  if (data === null && errors.length === 0) throw offline();
  return { data, errors: errors.map(errorIn) };
}
async function post(endpoint, jwt, query, variables) {
  const headers = new Headers(jwt === null ? {} : { authorization: `Bearer ${jwt}` });
  const { data, errors } = await send(endpoint, headers, query, variables);
  const answered = typeof data === "object" && data !== null && Object.values(data).some((value) => value !== null);
  if (errors[0] !== void 0 && !answered) throw errors[0];
  return { data, errors };
}
async function exchange(endpoint, headers, body) {
  headers.set("content-type", "application/json");
  headers.set("accept", "application/json");
  const abort = typeof AbortSignal === "function" && "timeout" in AbortSignal ? null : new AbortController();
  const timer = abort === null ? void 0 : setTimeout(() => abort.abort(), LIMIT);
  try {
    const redirect = headers.has("x-service-secret") ? "error" : "follow";
    const response = await fetch(endpoint, { method: "POST", headers, body, credentials: "same-origin", cache: "no-store", redirect, signal: abort?.signal ?? AbortSignal.timeout(LIMIT) });
    return parse(await response.text());
  } catch {
    throw offline();
  } finally {
    clearTimeout(timer);
  }
}

// src/asker.ts
var Asker = class {
  #endpoint;
  #session;
  #onOther;
  #current;
  /** Whose answers are held; null: not known yet, or nobody's. */
  user;
  /** Grows with each user: answers to earlier questions are dropped. */
  #epoch = 0;
  /**
   * `current` is who is signed in by what the app says; undefined: it does not say. `onOther` forgets what is held of the
   * user before.
   */
  constructor(endpoint, session, current, user, onOther) {
    this.#endpoint = endpoint;
    this.#session = session;
    this.user = user;
    this.#current = current;
    this.#onOther = onOther;
  }
  /** The one who is signed in is another one now; null: not known, or nobody. */
  become(user) {
    this.#session.userChanged();
    this.#forget(user);
  }
  #forget(user) {
    this.#epoch += 1;
    this.user = user;
    this.#onOther();
  }
  /** Forgets the user before where the app says that another one is signed in. */
  follow() {
    const user = this.#current();
    if (user !== void 0 && user !== this.user) this.become(user);
  }
  /**
   * For what is held, and what the user clicked at: where another user is signed in than before, nothing is sent.
   * @throws {Failure} What the server answers; `OFFLINE`, `SIGNED_OUT`, `SESSION_ENDED`, `USER_CHANGED`.
   */
  async ask(query, variables) {
    return await this.#send(query, variables, false);
  }
  /**
   * As `ask`, for whoever is signed in now: what a sign-in has left is theirs.
   * @throws {Failure} As `ask`.
   */
  async askForAnyone(query, variables) {
    return await this.#send(query, variables, true);
  }
  async #send(query, variables, anyone) {
    this.follow();
    let epoch = this.#epoch;
    try {
      const { user, answer } = await this.#session.as(async (jwt, user2) => {
        if (anyone) this.follow();
        else if (epoch !== this.#epoch) throw userChanged();
        if (this.#differs(user2) && (!anyone || user2 !== this.user)) throw userChanged();
        epoch = this.#epoch;
        return { user: user2, answer: await post(this.#endpoint, jwt, query, variables) };
      });
      if (epoch !== this.#epoch || this.#differs(user)) throw userChanged();
      this.user = user ?? this.user;
      return answer;
    } catch (thrown) {
      const failure = errorFrom(thrown);
      if (epoch === this.#epoch && this.user !== null && isSignedOut(failure.code) && this.#current() !== this.user) this.#forget(null);
      throw failure;
    }
  }
  /** Whether a JWT is of another user than what is held, which is forgotten then. */
  #differs(user) {
    if (user === null || this.user === null || user === this.user) return false;
    if (this.#current() === void 0) this.become(user);
    return true;
  }
  /** Without a JWT: what anybody may ask. */
  async askAsNobody(query, variables) {
    return await post(this.#endpoint, null, query, variables);
  }
};

// src/documents.ts
var FIELDS = `id userId provider status expiresAt refreshable connectedAt refreshedAt
    lastFailure { code message at retryAt }
    reauthenticationUrl`;
var documents = {
  /** Without access tokens: none is refreshed, so the list is there at once. */
  list: `query ProviderConnections($scopes: [String!]!) {
  providerConnections {
    ${FIELDS}
    account { id email login name avatarUrl profileUrl }
    reconnectBy
    scopes
    missingScopes(of: $scopes)
  }
}`,
  /** For a server of an earlier release, which refuses the one above: this package may be newer than the server. */
  listBefore: `query ProviderConnections {
  providerConnections {
    ${FIELDS}
  }
}`,
  tokens: `query AccessTokens($providers: [OAuthProvider!]!, $minValidFor: Int!) {
  providerConnections(providers: $providers) { provider accessToken(minValidFor: $minValidFor) expiresAt refreshable }
}`,
  renew: `mutation RenewAccessToken($provider: OAuthProvider!) {
  refreshProviderToken(provider: $provider) { provider accessToken expiresAt refreshable }
}`,
  connect: `mutation ConnectProvider($provider: OAuthProvider!) { connectProvider(provider: $provider) { id } }`,
  refresh: `mutation RefreshProvider($provider: OAuthProvider!) { refreshProviderToken(provider: $provider) { id } }`,
  disconnect: `mutation DisconnectProvider($provider: OAuthProvider!) { disconnectProvider(provider: $provider) { revocation } }`,
  /** Needs no caller. */
  signInUrl: `query SignInUrl($provider: OAuthProvider!, $redirectTo: String) {
  providerSignInUrl(provider: $provider, redirectTo: $redirectTo)
}`,
  /** As the one above, where scopes are asked for. */
  signInUrlForScopes: `query SignInUrlForScopes($provider: OAuthProvider!, $redirectTo: String, $scopes: [String!]!) {
  providerSignInUrl(provider: $provider, redirectTo: $redirectTo, scopes: $scopes)
}`
};

// ../element/src/operations.js
var FIELDS2 = `id provider status expiresAt refreshable connectedAt refreshedAt lastFailure { code at retryAt }
  lastUse: events(first: 1, kinds: [TOKEN_READ]) { at actor }
  recent: events(first: 10) @include(if: $recent) { id kind actor at times }`;
var NEWER = "account { id email login name avatarUrl } reconnectBy scopes missingScopes(of: $needed)";
var connections = (fields, variables = "") => `query Connections($recent: Boolean!${variables}) { providerConnections { ${fields} }
  providerAccessGrants { clientId provider lastUsedAt } }`;
var CONNECTIONS = connections(`${FIELDS2} ${NEWER}`, ", $needed: [String!]!");
var CONNECTIONS_BEFORE = connections(FIELDS2);
var CHANGED = `subscription Changed { providerConnectionChanged { provider event { kind } } }`;

// ../element/src/live.js
var PROTOCOL = "graphql-transport-ws";
var REFUSED = [4401, 4403];
var SILENCE = 35e3;
var PATIENCE = 15e3;
var TOGETHER = 60;
var FIRST_WAIT = 1e3;
var LONGEST_WAIT = 6e4;
var Live = class {
  #endpoint;
  #session;
  #changed;
  #state;
  /** @type {WebSocket | null} */
  #socket = null;
  #wanted = false;
  /** Whose changes are wanted. @type {string | null} */
  #user = null;
  #connected = false;
  #failures = 0;
  #renew = false;
  /** Grows with each connection: what an earlier one still says is not heard. */
  #attempt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #silence;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #together;
  /**
   * @param {() => URL} endpoint Of GraphQL over HTTP; the socket is at the same.
   * @param {Session} session
   * @param {() => void} changed Something has changed, or may have.
   * @param {() => void} state Whether changes are heard of is another now.
   */
  constructor(endpoint, session, changed, state) {
    this.#endpoint = endpoint;
    this.#session = session;
    this.#changed = changed;
    this.#state = state;
  }
  /** Whether changes are heard of. */
  get connected() {
    return this.#connected;
  }
  /** @param {string | null} user Whose changes; of another user than before over a connection of their own. */
  start(user) {
    if (this.#wanted && user === this.#user) return;
    this.stop();
    this.#wanted = true;
    this.#user = user;
    this.#failures = 0;
    void this.#connect();
  }
  stop() {
    this.#wanted = false;
    clearTimeout(this.#retry);
    clearTimeout(this.#together);
    this.#together = void 0;
    this.#drop();
  }
  async #connect() {
    const attempt = this.#attempt += 1;
    const jwt = await (this.#renew ? this.#session.renew() : this.#session.jwt()).catch(() => null);
    if (attempt !== this.#attempt || !this.#wanted) return;
    if (jwt === null) {
      this.#again();
      return;
    }
    const url = this.#endpoint();
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    try {
      this.#listen(new WebSocket(url, PROTOCOL), jwt);
    } catch {
      this.#again();
    }
  }
  /**
   * @param {WebSocket} socket
   * @param {string} jwt
   */
  #listen(socket, jwt) {
    this.#socket = socket;
    this.#heard(socket);
    socket.addEventListener("open", () => {
      send2(socket, { type: "connection_init", payload: { authorization: `Bearer ${jwt}` } });
    });
    socket.addEventListener("message", ({ data }) => {
      if (socket !== this.#socket) return;
      this.#heard(socket);
      this.#message(socket, text(data) ?? "");
    });
    socket.addEventListener("close", ({ code }) => {
      if (socket !== this.#socket) return;
      this.#renew = REFUSED.includes(code);
      this.#again();
    });
  }
  /**
   * @param {WebSocket} socket
   * @param {string} data
   */
  #message(socket, data) {
    const type = field(parse(data), "type");
    if (type === "connection_ack") send2(socket, { id: "1", type: "subscribe", payload: { query: CHANGED } });
    else if (type === "ping") send2(socket, { type: "pong" });
    else if (type === "next") this.#next(field(field(parse(data), "payload"), "errors") === void 0);
    else if (type === "error" || type === "complete") this.#again();
  }
  /** @param {boolean} well */
  #next(well) {
    if (!well) return;
    this.#failures = 0;
    this.#renew = false;
    this.#is(true);
    this.#together ??= setTimeout(() => {
      this.#together = void 0;
      this.#changed();
    }, TOGETHER);
  }
  /** @param {WebSocket} socket */
  #heard(socket) {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      send2(socket, { type: "ping" });
      this.#silence = setTimeout(() => this.#again(), PATIENCE);
    }, SILENCE);
  }
  /** This connection is no more: another one follows. */
  #again() {
    this.#drop();
    if (!this.#wanted) return;
    const wait = Math.min(FIRST_WAIT * 2 ** this.#failures, LONGEST_WAIT);
    this.#failures += 1;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#connect(), wait * (0.5 + Math.random() / 2));
  }
  #drop() {
    this.#attempt += 1;
    clearTimeout(this.#silence);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1e3);
    this.#is(false);
  }
  /** @param {boolean} connected */
  #is(connected) {
    if (this.#connected === connected) return;
    this.#connected = connected;
    this.#state();
  }
};
function send2(socket, message) {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

// ../element/src/reads.js
var Reads = class {
  #read;
  /** @type {Promise<void>} */
  #current = Promise.resolve();
  /** @type {Promise<void> | null} */
  #next = null;
  /** @param {() => Promise<void>} read Never fails. */
  constructor(read3) {
    this.#read = read3;
  }
  /**
   * Reads again. What is under way may have been answered before the change that is looked for, so another read follows it;
   * one for all who ask meanwhile.
   * @returns {Promise<void>}
   */
  again() {
    if (this.#next !== null) return this.#next;
    const next = this.#current.then(() => {
      if (this.#next !== next) return this.last;
      this.#next = null;
      this.#current = this.#read();
      return this.#current;
    });
    this.#next = next;
    return next;
  }
  /** The read that was asked for last. */
  get last() {
    return this.#next ?? this.#current;
  }
  /** What is under way was asked for by another user, and is not waited for. */
  drop() {
    this.#current = Promise.resolve();
    this.#next = null;
  }
};

// ../element/src/schedule.js
var POLL = 1e4;
var Schedule = class {
  #look;
  /** @type {AbortController | null} */
  #running = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  #polling = true;
  /** @param {(why: 'poll' | 'shown' | 'hidden' | 'online' | 'back') => void} look At `hidden` there is nothing to look at. */
  constructor(look) {
    this.#look = look;
  }
  /** Whether the page is shown. */
  get visible() {
    return document.visibilityState === "visible";
  }
  /** @param {boolean} on Off while something else tells of changes. */
  poll(on) {
    this.#polling = on;
  }
  start() {
    if (this.#running !== null) return;
    this.#running = new AbortController();
    const { signal } = this.#running;
    document.addEventListener("visibilitychange", () => this.#look(this.visible ? "shown" : "hidden"), { signal });
    window.addEventListener("online", () => this.#look("online"), { signal });
    window.addEventListener("pageshow", (event) => event.persisted && this.#look("back"), { signal });
    this.#timer = setInterval(() => {
      if (this.#polling && this.visible) this.#look("poll");
    }, POLL);
  }
  stop() {
    this.#running?.abort();
    this.#running = null;
    clearInterval(this.#timer);
  }
};

// src/timers.ts
function later(work, milliseconds) {
  const timer = setTimeout(work, milliseconds);
  unref(timer);
  return timer;
}
function unref(timer) {
  if (typeof timer === "object") timer.unref?.();
}

// src/list.ts
var LINGER = 5e3;
var NOTHING = { connections: [], loading: true, error: null, live: false };
var ConnectionList = class {
  #asker;
  #changed;
  #follow;
  #liveWanted;
  #needed;
  #live;
  #schedule;
  #listeners = /* @__PURE__ */ new Set();
  #first;
  #state;
  #holders = 0;
  #running = false;
  #lingering;
  #unfollow = () => {
  };
  #reads = new Reads(async () => await this.#read());
  #epoch = 0;
  /** Whether the server is of a release that does not know all fields. */
  #older = false;
  constructor({ asker, session, endpoint, live, needed, initial, changed, follow }) {
    this.#asker = asker;
    this.#changed = changed;
    this.#follow = follow;
    this.#liveWanted = live;
    this.#needed = needed;
    this.#first = initial === void 0 ? NOTHING : { ...NOTHING, connections: initial.map((one) => withNeeded(one, needed)), loading: false };
    this.#state = this.#first;
    this.#live = new Live(
      () => new URL(endpoint, globalThis.document?.baseURI),
      session,
      () => void this.refetch(),
      () => this.#listen()
    );
    this.#schedule = new Schedule((why) => {
      this.#listen();
      if (why !== "hidden") void this.refetch();
    });
  }
  snapshot = () => this.#state;
  serverSnapshot = () => this.#first;
  subscribe = (listener) => {
    const release = this.retain();
    this.#listeners.add(listener);
    return () => {
      if (this.#listeners.delete(listener)) release();
    };
  };
  /** Keeps it up to date until what this answers is called. */
  retain = () => {
    this.#holders += 1;
    clearTimeout(this.#lingering);
    if (!this.#running) this.#start();
    let held = true;
    return () => {
      if (held) this.#holders -= 1;
      if (held && this.#holders === 0) this.#linger();
      held = false;
    };
  };
  loaded = async () => {
    const release = this.retain();
    while (this.#state.loading) await this.#reads.last;
    release();
  };
  /** Reads it now; after the read that is under way, if there is one. What goes wrong is in the state. */
  refetch = async () => {
    await this.#reads.again();
  };
  /** Forgets one user's, and tells nobody yet: `restart` does once all that was theirs is forgotten. */
  forget() {
    this.#epoch += 1;
    this.#first = NOTHING;
    this.#state = NOTHING;
    this.#reads.drop();
  }
  /** Reads the next user's where anybody listens. */
  restart() {
    this.#live.stop();
    if (this.#running) void this.refetch();
    for (const listener of this.#listeners) listener();
  }
  async #read() {
    const epoch = this.#epoch;
    try {
      const { data, errors } = await this.#ask();
      if (epoch === this.#epoch) this.#seen(connectionsOf(field(data, "providerConnections"), this.#needed), errors[0] ?? null);
    } catch (thrown) {
      const error = errorFrom(thrown);
      if (epoch === this.#epoch) this.#show({ ...this.#state, ...isSignedOut(error.code) ? { connections: [] } : {}, loading: false, error });
    }
    this.#listen();
  }
  async #ask() {
    try {
      if (!this.#older) return await this.#asker.ask(documents.list, { scopes: [...new Set(Object.values(this.#needed).flat())] });
    } catch (thrown) {
      if (errorFrom(thrown).code !== "GRAPHQL_VALIDATION_FAILED") throw thrown;
      this.#older = true;
    }
    return await this.#asker.ask(documents.listBefore, {});
  }
  #seen(found, error) {
    const { connections: connections2, loading } = this.#state;
    const same = JSON.stringify(found) === JSON.stringify(connections2);
    this.#show({ ...this.#state, connections: same ? connections2 : found, loading: false, error });
    if (same || loading) return;
    for (const provider of new Set([...connections2, ...found].map((one) => one.provider))) {
      if (version(connections2, provider) !== version(found, provider)) this.#changed(provider);
    }
  }
  #show(state) {
    const { connections: connections2, loading, error, live } = this.#state;
    if (state.connections === connections2 && state.loading === loading && state.error === error && state.live === live) return;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
  /** Hears of changes where that is wanted and can be; asks again and again where not. */
  #listen() {
    const { loading, error } = this.#state;
    const visible = globalThis.document?.visibilityState !== "hidden";
    const wanted = this.#running && this.#liveWanted && globalThis.WebSocket !== void 0 && visible && !loading && error === null;
    if (wanted) this.#live.start(this.#asker.user);
    else this.#live.stop();
    this.#schedule.poll(!this.#live.connected || error !== null);
    this.#show({ ...this.#state, live: this.#live.connected });
  }
  #start() {
    this.#running = true;
    this.#unfollow = this.#follow();
    if (globalThis.document !== void 0) this.#schedule.start();
    void this.refetch();
  }
  #linger() {
    this.#lingering = later(() => {
      this.#running = false;
      this.#epoch += 1;
      this.#unfollow();
      this.#schedule.stop();
      this.#live.stop();
      this.#show(NOTHING);
    }, LINGER);
  }
};
function withNeeded(connection, needed) {
  return { ...connection, missingScopes: ofNeeded(connection.missingScopes, needed[connection.provider]) };
}
function version(connections2, provider) {
  const one = connections2.find((connection) => connection.provider === provider);
  return one === void 0 ? "" : `${one.id} ${one.connectedAt} ${one.status}`;
}

// src/keeper.ts
var MARGIN2 = 6e4;
var SHORTEST_PAUSE = 5e3;
var LONGEST_TIMER = 2 ** 31 - 1;
var MOUNTING = 5e3;
var NOTHING2 = { accessToken: null, expiresAt: null, loading: true, error: null };
var TokenKeeper = class {
  #source;
  #listeners = /* @__PURE__ */ new Set();
  #state = NOTHING2;
  #timer;
  #reading;
  /** The read that follows the one under way, for what has changed since that one began. */
  #next;
  /** When it is read again; undefined: not by itself. */
  #due;
  #release = () => {
  };
  /** Grows with each reset: what was asked for before is dropped. */
  #epoch = 0;
  constructor(source) {
    this.#source = source;
  }
  subscribe = (listener) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stop();
    };
  };
  /** What there is now. A timer may be late, after the machine has slept, say; the clock is not. */
  snapshot = () => {
    const { accessToken, expiresAt } = this.#state;
    if (accessToken !== null && expiresAt !== null && expiresAt <= Date.now()) {
      this.#state = { ...this.#state, accessToken: null, expiresAt: null, loading: this.#state.error === null };
    }
    return this.#state;
  };
  serverSnapshot = () => NOTHING2;
  /** Resolves once there is a token or a failure, which is then held for as long as a component takes to mount. */
  loaded = async () => {
    const release = this.subscribe(() => void 0);
    await this.#reading?.catch(() => void 0);
    later(release, MOUNTING);
  };
  /** A token for a call that is made now; `refused`: the one that the provider's API has just answered 401 to. */
  getToken = async ({ refused: refused2 } = {}) => {
    this.#source.follow();
    const { accessToken, expiresAt } = this.snapshot();
    if (accessToken !== null && accessToken !== refused2 && !endsWithin(SHORTEST_PAUSE, expiresAt)) return accessToken;
    const read3 = await this.#read(this.#source.read);
    return read3.accessToken === refused2 ? (await this.#read(this.#source.renew)).accessToken : read3.accessToken;
  };
  /**
   * Reads it again, for what is known to have changed. A read that is under way may have been answered before the change, so
   * another one follows it. What goes wrong is in the state.
   */
  refetch = () => {
    if (this.#reading === void 0) this.#begin();
    else this.#next ??= this.#after(this.#reading);
  };
  /** As `refetch`, where anybody listens or waits. */
  changed() {
    if (this.#listeners.size > 0 || this.#reading !== void 0) this.refetch();
  }
  /** Forgets the token of one user, and tells nobody yet: `restart` does once all that was theirs is forgotten. */
  forget() {
    this.#epoch += 1;
    this.#reading = void 0;
    this.#next = void 0;
    this.#due = void 0;
    clearTimeout(this.#timer);
    this.#state = NOTHING2;
  }
  /** Reads the next user's where anybody listens. */
  restart() {
    if (this.#listeners.size === 0) return;
    this.#begin();
    this.#show(NOTHING2);
  }
  /** Reads it, or joins who does. What goes wrong is in the state. */
  #begin() {
    this.#read(this.#source.read).catch(() => void 0);
  }
  #after(reading) {
    const epoch = this.#epoch;
    const next = reading.catch(() => void 0).then(async () => {
      if (epoch !== this.#epoch) throw userChanged();
      this.#next = void 0;
      return await this.#read(this.#source.read);
    });
    next.catch(() => void 0);
    return next;
  }
  #read(source) {
    if (this.#next !== void 0 && source === this.#source.read) return this.#next;
    const epoch = this.#epoch;
    this.#reading ??= source().then(unexpired).then(
      (token) => {
        if (epoch !== this.#epoch) throw userChanged();
        const { accessToken, expiresAt } = token;
        this.#settle({ accessToken, expiresAt, loading: false, error: null });
        return token;
      },
      (thrown) => {
        if (epoch !== this.#epoch) throw userChanged();
        const error = errorFrom(thrown);
        const { accessToken, expiresAt } = needsUser(error) ? NOTHING2 : this.snapshot();
        this.#settle({ accessToken, expiresAt, loading: false, error });
        throw error;
      }
    );
    return this.#reading;
  }
  #settle(state) {
    this.#reading = void 0;
    if (this.#listeners.size === 0) return;
    this.#due = dueAt(state);
    this.#show(state);
  }
  #show(state) {
    this.#state = state;
    this.#plan();
    for (const listener of this.#listeners) listener();
  }
  /**
   * What takes the place of the token at hand. The server takes one whose whole life is short, a minute say, for as fresh as
   * the provider makes it, and answers it again; to have none end in use, it is then renewed.
   */
  #another = async () => {
    const { accessToken } = this.snapshot();
    const read3 = await this.#source.read();
    if (read3.accessToken !== accessToken || !read3.refreshable || !endsWithin(MARGIN2, read3.expiresAt)) return read3;
    return await this.#source.renew().catch(() => read3);
  };
  #wake = () => {
    const before = this.#state;
    const now = this.snapshot();
    if (this.#due !== void 0 && this.#due <= Date.now()) this.#read(this.#another).catch(() => void 0);
    if (now === before) this.#plan();
    else this.#show(now);
  };
  /** Back on the page or on the net: what waits for its time, or for the user, may go well now. */
  #back = () => {
    if (document.visibilityState === "hidden") return;
    if (this.#state.error !== null) this.#begin();
    this.#wake();
  };
  #plan() {
    clearTimeout(this.#timer);
    const moments = [this.#reading === void 0 ? this.#due : void 0, this.#state.expiresAt].filter((moment2) => typeof moment2 === "number");
    if (moments.length === 0) return;
    this.#timer = setTimeout(this.#wake, Math.min(Math.max(Math.min(...moments) - Date.now(), 0), LONGEST_TIMER));
  }
  #start() {
    this.#release = this.#source.retain();
    globalThis.document?.addEventListener("visibilitychange", this.#back);
    globalThis.window?.addEventListener("pageshow", this.#back);
    globalThis.window?.addEventListener("online", this.#back);
    this.#begin();
  }
  #stop() {
    this.#release();
    globalThis.document?.removeEventListener("visibilitychange", this.#back);
    globalThis.window?.removeEventListener("pageshow", this.#back);
    globalThis.window?.removeEventListener("online", this.#back);
    clearTimeout(this.#timer);
    this.#due = void 0;
    this.#state = NOTHING2;
  }
};
function endsWithin(milliseconds, expiresAt) {
  return expiresAt !== null && expiresAt - Date.now() <= milliseconds;
}
function unexpired(token) {
  if (token.expiresAt === null || token.expiresAt > Date.now()) return token;
  throw errorOf("CLOCK", void 0, { retryAfter: 60 });
}
function dueAt({ expiresAt, error }) {
  const now = Date.now();
  if (error !== null) return error.retryAfter === null ? void 0 : now + Math.max(error.retryAfter * 1e3, SHORTEST_PAUSE);
  if (expiresAt === null) return void 0;
  return now + Math.max(expiresAt - now - MARGIN2, (expiresAt - now) / 2, SHORTEST_PAUSE);
}

// src/tokens.ts
var MIN_VALID_FOR = 120;
var OF_THE_WHOLE = ["OFFLINE", "SIGNED_OUT", "SESSION_ENDED", "USER_CHANGED", "UNAUTHENTICATED", "FORBIDDEN", "RATE_LIMITED", "INTERNAL"];
var Tokens = class {
  #asker;
  #retain;
  #keepers = /* @__PURE__ */ new Map();
  /** Who waits for the request of this tick. */
  #waiting = /* @__PURE__ */ new Map();
  constructor(asker, retain) {
    this.#asker = asker;
    this.#retain = retain;
  }
  of(provider) {
    const known = this.#keepers.get(provider);
    if (known !== void 0) return known;
    const keeper = new TokenKeeper({ read: () => this.#read(provider), renew: () => this.#renew(provider), follow: () => this.#asker.follow(), retain: this.#retain });
    this.#keepers.set(provider, keeper);
    return keeper;
  }
  /** The connection was made, healed or ended: what is held of it may be wrong. */
  changed(provider) {
    this.#keepers.get(provider)?.changed();
  }
  /** As that of a keeper. */
  forget() {
    for (const keeper of this.#keepers.values()) keeper.forget();
  }
  restart() {
    for (const keeper of this.#keepers.values()) keeper.restart();
  }
  /** Reads of one tick are one request: a page with ten components asks once. */
  #read(provider) {
    if (this.#waiting.size === 0) queueMicrotask(() => void this.#flush());
    return new Promise((resolve, reject) => {
      this.#waiting.set(provider, [...this.#waiting.get(provider) ?? [], { resolve, reject }]);
    });
  }
  async #flush() {
    const waiting = this.#waiting;
    this.#waiting = /* @__PURE__ */ new Map();
    const providers = [...waiting.keys()];
    const results = await this.#ask(providers);
    for (const [provider, all] of waiting) {
      const result = results.get(provider) ?? notConnected(provider);
      for (const { resolve, reject } of all) {
        if (result instanceof Failure) reject(result);
        else resolve(result);
      }
    }
  }
  async #ask(providers) {
    try {
      const { data, errors } = await this.#asker.ask(documents.tokens, { providers, minValidFor: MIN_VALID_FOR });
      const found = list(field(data, "providerConnections"));
      return new Map(
        providers.map((provider) => {
          const place = found.findIndex((one) => field(one, "provider") === provider);
          return [provider, place < 0 ? notConnected(provider) : tokenOf(found[place], provider, errors.find((error) => placeOf(error) === place))];
        })
      );
    } catch (thrown) {
      const failure = errorFrom(thrown);
      if (providers.length === 1 || OF_THE_WHOLE.includes(failure.code)) return new Map(providers.map((provider) => [provider, failure]));
      const alone = await Promise.all(providers.map(async (provider) => [...await this.#ask([provider])]));
      return new Map(alone.flat());
    }
  }
  async #renew(provider) {
    const { data, errors } = await this.#asker.ask(documents.renew, { provider });
    const result = tokenOf(field(data, "refreshProviderToken"), provider, errors[0]);
    if (result instanceof Failure) throw result;
    return result;
  }
};
function notConnected(provider) {
  return errorOf("NOT_CONNECTED", notConnectedMessage(provider), { provider });
}
function tokenOf(connection, provider, error) {
  const accessToken = text(field(connection, "accessToken"));
  if (accessToken === null) return error ?? notConnected(provider);
  return { accessToken, expiresAt: moment(field(connection, "expiresAt")), refreshable: field(connection, "refreshable") === true };
}

// src/client.ts
var ProviderConnections = class {
  #asker;
  #tokens;
  #source;
  /** The connections, kept up to date while somebody listens. */
  list;
  constructor({ endpoint, session: source, live = "auto", scopes = {}, initial }) {
    const session = new Session(() => Date.now());
    session.source = source.jwt;
    this.#source = source;
    const current = () => source.user?.();
    this.#asker = new Asker(endpoint, session, current, current() ?? initial?.[0]?.userId ?? null, () => this.#forget());
    this.list = new ConnectionList({
      asker: this.#asker,
      session,
      endpoint,
      live: live === "auto",
      needed: scopes,
      initial,
      changed: (provider) => this.#tokens.changed(provider),
      follow: () => this.#follow()
    });
    this.#tokens = new Tokens(this.#asker, this.list.retain);
  }
  /** The access token of one provider, kept fresh while somebody listens. */
  token(provider) {
    return this.#tokens.of(provider);
  }
  /**
   * Takes what a sign-in with the provider has left behind at Nhost Auth. Call it once the browser is back from there and
   * the app has its session.
   * @throws {Failure} `PROVIDER_SESSION_NOT_FOUND` where no sign-in has left anything …
   */
  connect = async (provider) => void await this.#act(provider, async () => await this.#asker.askForAnyone(documents.connect, { provider }));
  /**
   * Renews the access token now, whatever its expiry says.
   * @throws {Failure} `REAUTHENTICATION_REQUIRED`, `UPSTREAM_UNAVAILABLE` …
   */
  refresh = async (provider) => void await this.#act(provider, async () => await this.#asker.ask(documents.refresh, { provider }));
  /** Removes the connection and its tokens, and answers what became of the grant at the provider. */
  disconnect = async (provider) => {
    const { data } = await this.#act(provider, async () => await this.#asker.ask(documents.disconnect, { provider }));
    return revocationOf(field(field(data, "disconnectProvider"), "revocation"));
  };
  /**
   * Where the browser goes to sign in with the provider: at once, since this tab remembers that it has begun (see
   * `takeSignIn`). `redirectTo` is where it comes back to, of the page's own origin. Where there is no page (on a server, in
   * React Native) nothing is remembered: bind what comes back by a `state` of your own. With `scopes` the provider asks the user
   * for these, whatever they have granted or refused before.
   * @throws {Failure} `REDIRECT_REFUSED`, `STORAGE_BLOCKED`, `SCOPE_NOT_CONFIGURED` …
   */
  signInUrl = async (provider, redirectTo, { scopes = [] } = {}) => {
    const back = globalThis.document === void 0 ? { redirectTo, state: null } : await beginSignIn(provider, { redirectTo });
    const to = { provider, redirectTo: back.redirectTo };
    const { data } = await (scopes.length === 0 ? this.#asker.askAsNobody(documents.signInUrl, to) : this.#asker.askAsNobody(documents.signInUrlForScopes, { ...to, scopes }));
    const url = text(field(data, "providerSignInUrl"));
    if (url === null) throw new Failure("INTERNAL", NO_SIGN_IN_ADDRESS);
    if (back.state === null) return url;
    const marked = new URL(url);
    marked.searchParams.set("state", back.state);
    return marked.href;
  };
  /**
   * The user has signed in or out, or the JWT is another: what is another user's is forgotten at once. Call it where
   * `session` has no `onChange`. Without `user` nobody knows yet whose the JWT is, and all is forgotten and read anew.
   */
  sessionChanged = () => {
    if (this.#source.user === void 0) this.#asker.become(null);
    else this.#asker.follow();
  };
  async #act(provider, ask) {
    try {
      return await ask();
    } catch (thrown) {
      throw errorFrom(thrown);
    } finally {
      this.#tokens.changed(provider);
      void this.list.refetch();
    }
  }
  #forget() {
    this.#tokens.forget();
    this.list.forget();
    this.#tokens.restart();
    this.list.restart();
  }
  #follow() {
    this.#asker.follow();
    return this.#source.onChange?.(this.sessionChanged) ?? (() => void 0);
  }
};
function createProviderConnections(options) {
  return new ProviderConnections(options);
}

// ../element/src/ends.js
var DAY = 864e5;
var SOON = 7 * DAY;
var SHORTEST_LIFE = DAY;
function endsSoon({ connectedAt, reconnectBy }, now) {
  if (connectedAt === null || reconnectBy === null) return false;
  const life = reconnectBy - connectedAt;
  return life >= SHORTEST_LIFE && reconnectBy - now <= Math.min(SOON, life / 4);
}

// src/ends.ts
function endsSoon2({ connectedAt, reconnectBy }, now = Date.now()) {
  return endsSoon({ connectedAt: moment(connectedAt), reconnectBy: moment(reconnectBy) }, now);
}

// src/nhost.ts
function nhostSession(nhost) {
  return {
    jwt: async ({ fresh }) => {
      const session = await (fresh ? nhost.refreshSession(0) : nhost.refreshSession());
      if (session === null && nhost.getUserSession() !== null) throw new Error(NHOST_AUTH_UNREACHABLE);
      return session?.accessToken ?? null;
    },
    user: () => nhost.getUserSession()?.user?.id ?? null,
    onChange: (listener) => {
      const ended = nhost.sessionStorage.onChange(listener);
      globalThis.window?.addEventListener("storage", listener);
      return () => {
        ended();
        globalThis.window?.removeEventListener("storage", listener);
      };
    }
  };
}

// src/signIn.ts
var taken = null;
function takeSignIn() {
  const arrival2 = arrived();
  if (arrival2 === null || arrival2 === taken) return null;
  taken = arrival2;
  const { provider, failure } = arrival2;
  const [refreshToken, code] = [arrival2.takeRefreshToken(), arrival2.takeCode()];
  return failure === null ? { provider, failure, refreshToken, code } : { provider, failure, refreshToken: null, code: null };
}
export {
  AccountMismatchError,
  AccountUnverifiedError,
  BadRequestError,
  BadUserInputError,
  CallError,
  Failure,
  ForbiddenError,
  GraphQLParseError,
  GraphQLValidationError,
  ImportRefusedError,
  InsufficientScopeError,
  InternalError,
  MethodNotAllowedError,
  MisdirectedRequestError,
  NotConnectedError,
  NotFoundError,
  NotRefreshableError,
  OfflineError,
  OperatorError,
  PayloadTooLargeError,
  PersistedQueryNotFoundError,
  PersistedQueryNotSupportedError,
  ProviderConnections,
  ProviderConnectionsError,
  ProviderNotEnabledError,
  ProviderSessionNotFoundError,
  QueryTooComplexError,
  RateLimitedError,
  ReauthenticationRequiredError,
  RetryLaterError,
  ScopeNotConfiguredError,
  SignInAgainError,
  TokenUnreadableError,
  UnauthenticatedError,
  UnsupportedMediaTypeError,
  UpstreamUnavailableError,
  UserChangedError,
  beginSignIn,
  callApi,
  createProviderConnections,
  documents,
  endsSoon2 as endsSoon,
  errorClasses,
  isProvider,
  needsUser,
  nhostSession,
  takeSignIn
};
