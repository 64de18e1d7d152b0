/*! @provider-connections/client. MIT OR Apache-2.0. Generated from packages/client/src. */

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

// src/callApi.ts
async function callApi(getToken, url, init = {}) {
  const send2 = async (accessToken2) => {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${accessToken2}`);
    return await fetch(url, { ...init, headers });
  };
  const accessToken = await getToken();
  const response = await send2(accessToken);
  const isStream = typeof ReadableStream !== "undefined" && init.body instanceof ReadableStream;
  return response.status === 401 && !isStream ? await send2(await getToken({ refused: accessToken })) : response;
}

// ../element/src/json.js
var field = (value, name) => typeof value === "object" && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : void 0;
var list = (value) => Array.isArray(value) ? value : [];
var text = (value) => typeof value === "string" ? value : null;
var number = (value) => typeof value === "number" && Number.isFinite(value) ? value : null;
var moment = (value) => typeof value === "string" ? number(Date.parse(value)) : null;
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

// src/errors.ts
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

// src/messages.ts
var MESSAGES = {
  OFFLINE: "The server can’t be reached. Try again in a moment.",
  SIGNED_OUT: "Nobody is signed in to the app. Sign in first.",
  SESSION_ENDED: "The session has ended. Sign in to the app again.",
  USER_CHANGED: "Another user has signed in since, or nobody is signed in. Ask again.",
  CLOCK: "By this device’s clock, the token has expired. Set the clock."
};
var notConnectedMessage = (provider) => `The user has not connected ${provider}. Offer a sign-in with it.`;
var SECRET_IN_BROWSER = "A service secret has no place in a browser: it reads every user’s tokens. Pass `jwt`.";

// src/errorOf.ts
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

// src/post.ts
var LIMIT = 4e4;
async function send(endpoint, headers, query, variables) {
  const answer = await exchange(endpoint, headers, JSON.stringify({ query, variables }));
  const [data = null, errors] = [field(answer, "data"), list(field(answer, "errors"))];
  if (data === null && errors.length === 0) throw offline();
  return { data, errors: errors.map(errorIn) };
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

// src/caller.ts
var Caller = class {
  #endpoint;
  #headers;
  #session;
  constructor(endpoint, credentials, headers, now) {
    this.#endpoint = endpoint;
    this.#headers = headers;
    if (credentials.serviceSecret === void 0) {
      this.#session = new Session(now);
      this.#session.source = credentials.jwt;
      return;
    }
    if (globalThis.document !== void 0) throw new Error(SECRET_IN_BROWSER);
    this.#session = null;
    this.#headers = { ...headers, "x-service-secret": credentials.serviceSecret };
  }
  /**
   * Who is signed in, by the JWT; its text where it does not say. null: a service calls.
   * @throws {ProviderConnectionsError} `SIGNED_OUT`, `OFFLINE`
   */
  async user() {
    if (this.#session === null) return null;
    try {
      const jwt = await this.#session.jwt();
      if (jwt !== null) return subject(jwt) ?? jwt;
    } catch (thrown) {
      throw errorFrom(thrown);
    }
    throw errorOf("SIGNED_OUT");
  }
  /**
   * `as`: only as this user, who was signed in when the caller looked.
   * @throws {ProviderConnectionsError} `OFFLINE`, `SIGNED_OUT`, `SESSION_ENDED`, `USER_CHANGED`; the first error where no field was answered.
   */
  async send(query, variables, as) {
    if (this.#session === null) return await this.#post(null, query, variables);
    try {
      let began = null;
      return await this.#session.as(async (jwt, user) => {
        if (began !== null && began !== user) throw errorOf("USER_CHANGED");
        began = user;
        if (as !== void 0 && as !== (user ?? jwt)) throw errorOf("USER_CHANGED");
        return await this.#post(jwt, query, variables);
      });
    } catch (thrown) {
      throw errorFrom(thrown);
    }
  }
  async #post(jwt, query, variables) {
    const headers = new Headers(this.#headers);
    if (jwt !== null) headers.set("authorization", `Bearer ${jwt}`);
    const { data, errors } = await send(this.#endpoint, headers, query, variables);
    if (errors[0] !== void 0 && (data === null || errors[0].code === "UNAUTHENTICATED")) throw errors[0];
    return { data, errors };
  }
};

// src/generated.ts
var TypedDocumentString = class extends String {
  __apiType;
  value;
  __meta__;
  constructor(value, __meta__) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }
  toString() {
    return this.value;
  }
};
var ConnectionFragmentDoc = /* @__PURE__ */ new TypedDocumentString(`
    fragment Connection on ProviderConnection {
  id
  userId
  provider
  account {
    id
    email
    login
    name
    avatarUrl
    profileUrl
  }
  accountUnavailableBecause
  status
  expiresAt
  refreshTokenExpiresAt
  reconnectBy
  refreshable
  connectedAt
  refreshedAt
  lastFailure {
    code
    message
    at
    retryAt
  }
  scopes
  scopesSource
  missingScopes(of: $scopes)
  reauthenticationUrl
}
    `, { "fragmentName": "Connection" });
var AccessGrantFragmentDoc = /* @__PURE__ */ new TypedDocumentString(`
    fragment AccessGrant on ProviderAccessGrant {
  clientId
  provider
  userId
  grantedAt
  lastUsedAt
}
    `, { "fragmentName": "AccessGrant" });
var AccessTokenFragmentDoc = /* @__PURE__ */ new TypedDocumentString(`
    fragment AccessToken on ProviderConnection {
  userId
  provider
  accessToken(minValidFor: $minValidFor)
  expiresAt
}
    `, { "fragmentName": "AccessToken" });
var ProviderConnectionsDocument = /* @__PURE__ */ new TypedDocumentString(`
    query ProviderConnections($providers: [OAuthProvider!], $userId: uuid, $scopes: [String!]! = []) {
  providerConnections(providers: $providers, userId: $userId) {
    ...Connection
  }
}
    fragment Connection on ProviderConnection {
  id
  userId
  provider
  account {
    id
    email
    login
    name
    avatarUrl
    profileUrl
  }
  accountUnavailableBecause
  status
  expiresAt
  refreshTokenExpiresAt
  reconnectBy
  refreshable
  connectedAt
  refreshedAt
  lastFailure {
    code
    message
    at
    retryAt
  }
  scopes
  scopesSource
  missingScopes(of: $scopes)
  reauthenticationUrl
}`);
var ProviderConnectionDocument = /* @__PURE__ */ new TypedDocumentString(`
    query ProviderConnection($provider: OAuthProvider!, $userId: uuid, $scopes: [String!]! = []) {
  providerConnection(provider: $provider, userId: $userId) {
    ...Connection
  }
}
    fragment Connection on ProviderConnection {
  id
  userId
  provider
  account {
    id
    email
    login
    name
    avatarUrl
    profileUrl
  }
  accountUnavailableBecause
  status
  expiresAt
  refreshTokenExpiresAt
  reconnectBy
  refreshable
  connectedAt
  refreshedAt
  lastFailure {
    code
    message
    at
    retryAt
  }
  scopes
  scopesSource
  missingScopes(of: $scopes)
  reauthenticationUrl
}`);
var ProviderConnectionEventsDocument = /* @__PURE__ */ new TypedDocumentString(`
    query ProviderConnectionEvents($provider: OAuthProvider!, $userId: uuid, $first: Int! = 20, $after: ID, $kinds: [ProviderConnectionEventKind!]) {
  providerConnection(provider: $provider, userId: $userId) {
    events(first: $first, after: $after, kinds: $kinds) {
      id
      kind
      actor
      clientId
      at
      times
      code
      evidence
    }
  }
}
    `);
var ProviderAccessTokenDocument = /* @__PURE__ */ new TypedDocumentString(`
    query ProviderAccessToken($provider: OAuthProvider!, $userId: uuid, $minValidFor: Int! = 60) {
  providerConnection(provider: $provider, userId: $userId) {
    ...AccessToken
  }
}
    fragment AccessToken on ProviderConnection {
  userId
  provider
  accessToken(minValidFor: $minValidFor)
  expiresAt
}`);
var RenewProviderAccessTokenDocument = /* @__PURE__ */ new TypedDocumentString(`
    mutation RenewProviderAccessToken($provider: OAuthProvider!, $userId: uuid, $minValidFor: Int! = 60) {
  refreshProviderToken(provider: $provider, userId: $userId) {
    ...AccessToken
  }
}
    fragment AccessToken on ProviderConnection {
  userId
  provider
  accessToken(minValidFor: $minValidFor)
  expiresAt
}`);
var ProviderSignInUrlDocument = /* @__PURE__ */ new TypedDocumentString(`
    query ProviderSignInUrl($provider: OAuthProvider!, $redirectTo: String, $scopes: [String!]) {
  providerSignInUrl(provider: $provider, redirectTo: $redirectTo, scopes: $scopes)
}
    `);
var ProviderReauthenticationUrlDocument = /* @__PURE__ */ new TypedDocumentString(`
    query ProviderReauthenticationUrl($provider: OAuthProvider!, $userId: uuid, $redirectTo: String, $scopes: [String!]) {
  providerConnection(provider: $provider, userId: $userId) {
    reauthenticationUrl(redirectTo: $redirectTo, scopes: $scopes)
  }
}
    `);
var ConnectProviderDocument = /* @__PURE__ */ new TypedDocumentString(`
    mutation ConnectProvider($provider: OAuthProvider!, $expectAccountId: String, $scopes: [String!]! = []) {
  connectProvider(provider: $provider, expectAccountId: $expectAccountId) {
    ...Connection
  }
}
    fragment Connection on ProviderConnection {
  id
  userId
  provider
  account {
    id
    email
    login
    name
    avatarUrl
    profileUrl
  }
  accountUnavailableBecause
  status
  expiresAt
  refreshTokenExpiresAt
  reconnectBy
  refreshable
  connectedAt
  refreshedAt
  lastFailure {
    code
    message
    at
    retryAt
  }
  scopes
  scopesSource
  missingScopes(of: $scopes)
  reauthenticationUrl
}`);
var RefreshProviderTokenDocument = /* @__PURE__ */ new TypedDocumentString(`
    mutation RefreshProviderToken($provider: OAuthProvider!, $minValidFor: Int, $userId: uuid, $scopes: [String!]! = []) {
  refreshProviderToken(
    provider: $provider
    minValidFor: $minValidFor
    userId: $userId
  ) {
    ...Connection
  }
}
    fragment Connection on ProviderConnection {
  id
  userId
  provider
  account {
    id
    email
    login
    name
    avatarUrl
    profileUrl
  }
  accountUnavailableBecause
  status
  expiresAt
  refreshTokenExpiresAt
  reconnectBy
  refreshable
  connectedAt
  refreshedAt
  lastFailure {
    code
    message
    at
    retryAt
  }
  scopes
  scopesSource
  missingScopes(of: $scopes)
  reauthenticationUrl
}`);
var DisconnectProviderDocument = /* @__PURE__ */ new TypedDocumentString(`
    mutation DisconnectProvider($provider: OAuthProvider!, $userId: uuid) {
  disconnectProvider(provider: $provider, userId: $userId) {
    id
    userId
    provider
    revocation
    disconnectedAt
  }
}
    `);
var ImportProviderConnectionDocument = /* @__PURE__ */ new TypedDocumentString(`
    mutation ImportProviderConnection($userId: uuid!, $provider: OAuthProvider!, $refreshToken: String!, $replace: Boolean! = false, $reconnect: Boolean! = false, $retryInterrupted: Boolean! = false, $retryDead: Boolean! = false, $scopes: [String!]! = []) {
  importProviderConnection(
    userId: $userId
    provider: $provider
    refreshToken: $refreshToken
    replace: $replace
    reconnect: $reconnect
    retryInterrupted: $retryInterrupted
    retryDead: $retryDead
  ) {
    ...Connection
  }
}
    fragment Connection on ProviderConnection {
  id
  userId
  provider
  account {
    id
    email
    login
    name
    avatarUrl
    profileUrl
  }
  accountUnavailableBecause
  status
  expiresAt
  refreshTokenExpiresAt
  reconnectBy
  refreshable
  connectedAt
  refreshedAt
  lastFailure {
    code
    message
    at
    retryAt
  }
  scopes
  scopesSource
  missingScopes(of: $scopes)
  reauthenticationUrl
}`);
var ProviderAccessGrantsDocument = /* @__PURE__ */ new TypedDocumentString(`
    query ProviderAccessGrants($userId: uuid, $clientId: String) {
  providerAccessGrants(userId: $userId, clientId: $clientId) {
    ...AccessGrant
  }
}
    fragment AccessGrant on ProviderAccessGrant {
  clientId
  provider
  userId
  grantedAt
  lastUsedAt
}`);
var GrantProviderAccessDocument = /* @__PURE__ */ new TypedDocumentString(`
    mutation GrantProviderAccess($clientId: String!, $provider: OAuthProvider!, $userId: uuid) {
  grantProviderAccess(clientId: $clientId, provider: $provider, userId: $userId) {
    ...AccessGrant
  }
}
    fragment AccessGrant on ProviderAccessGrant {
  clientId
  provider
  userId
  grantedAt
  lastUsedAt
}`);
var RevokeProviderAccessDocument = /* @__PURE__ */ new TypedDocumentString(`
    mutation RevokeProviderAccess($clientId: String!, $provider: OAuthProvider, $userId: uuid) {
  revokeProviderAccess(clientId: $clientId, provider: $provider, userId: $userId) {
    ...AccessGrant
  }
}
    fragment AccessGrant on ProviderAccessGrant {
  clientId
  provider
  userId
  grantedAt
  lastUsedAt
}`);

// src/tokens.ts
var WITHOUT_EXPIRY = 6e5;
var MOST = 1e3;
var AccessTokens = class {
  #now;
  #held = /* @__PURE__ */ new Map();
  #reads = /* @__PURE__ */ new Map();
  #renewals = /* @__PURE__ */ new Map();
  /** Grows with each `forget`: what was asked for before is answered, and not held. */
  #epoch = 0;
  /** Grows with each question to the server. */
  #number = 0;
  /** `now` in milliseconds since 1970. */
  constructor(now) {
    this.#now = now;
  }
  async get(key, { minValidFor, refused: refused2 }, source) {
    const renewal = this.#renewals.get(key);
    if (renewal !== void 0) return await renewal;
    const held = this.#good(key, minValidFor, refused2);
    if (held !== void 0) return held;
    const read = await join(this.#reads, `${key} ${minValidFor}`, () => this.#keep(key, minValidFor, source.read()));
    if (read !== refused2) return read;
    const renewed = this.#good(key, minValidFor, refused2);
    if (renewed !== void 0) return renewed;
    return await join(this.#renewals, key, () => this.#keep(key, minValidFor, source.renew()));
  }
  /** Those whose key begins so; all where it is left out. */
  forget(beginning = "") {
    this.#epoch += 1;
    for (const map of [this.#held, this.#reads, this.#renewals]) {
      for (const key of map.keys()) if (key.startsWith(beginning)) map.delete(key);
    }
  }
  /** The one that is held, where it will do. */
  #good(key, minValidFor, refused2) {
    const held = this.#held.get(key);
    return held !== void 0 && held.accessToken !== refused2 && isGood(held, minValidFor * 1e3, this.#now()) ? held.accessToken : void 0;
  }
  async #keep(key, minValidFor, answer) {
    const epoch = this.#epoch;
    const number2 = this.#number += 1;
    const { accessToken, expiresAt } = await answer;
    const newest = number2 > (this.#held.get(key)?.number ?? 0);
    if (epoch === this.#epoch && newest) this.#hold(key, { accessToken, expiresAt, readAt: this.#now(), asked: minValidFor * 1e3, number: number2 });
    return accessToken;
  }
  #hold(key, held) {
    this.#held.delete(key);
    this.#held.set(key, held);
    const [oldest] = this.#held.keys();
    if (this.#held.size > MOST && oldest !== void 0) this.#held.delete(oldest);
  }
};
function isGood({ expiresAt, readAt, asked }, wanted, now) {
  if (expiresAt === null) return now - readAt < WITHOUT_EXPIRY;
  if (expiresAt - now >= wanted) return true;
  const life = expiresAt - readAt;
  return life < asked && wanted >= asked && expiresAt - now > life / 2;
}
function join(flights, key, ask) {
  const joined = flights.get(key);
  if (joined !== void 0) return joined;
  const flight = ask().finally(() => {
    if (flights.get(key) === flight) flights.delete(key);
  });
  flights.set(key, flight);
  return flight;
}

// src/client.ts
var ProviderConnectionsClient = class {
  #caller;
  #tokens;
  /** Whose tokens are held, where users call for themselves. */
  #user = null;
  constructor(options) {
    const { endpoint, headers = {}, now = () => Date.now() } = options;
    this.#caller = new Caller(endpoint, options, headers, now);
    this.#tokens = new AccessTokens(now);
  }
  /**
   * An access token for the provider's API: from memory while it lives for `minValidFor` seconds yet, else from the server,
   * which refreshes it first if need be. Calls side by side ask once. When another user signs in, the former one's are forgotten.
   * @throws {ProviderConnectionsError} `SignInAgainError`, `RetryLaterError` …
   */
  async getAccessToken(provider, { userId, minValidFor = 60, refused: refused2 } = {}) {
    const user = await this.#caller.user();
    if (user !== this.#user) this.#tokens.forget();
    this.#user = user;
    const [as, variables] = [user ?? void 0, { provider, userId, minValidFor }];
    return await this.#tokens.get(keyOf(userId ?? user, provider), { minValidFor, refused: refused2 }, {
      read: async () => tokenIn((await this.#whole(ProviderAccessTokenDocument, variables, as)).providerConnection, provider),
      renew: async () => tokenIn((await this.#whole(RenewProviderAccessTokenDocument, variables, as)).refreshProviderToken, provider)
    });
  }
  /**
   * `fetch` with the user's access token, and once more with another one after a 401. `url` is the provider's API, and never
   * an address that came from somewhere else: it is sent the token.
   */
  async fetch(provider, url, init = {}, options = {}) {
    return await callApi(async ({ refused: refused2 } = {}) => await this.getAccessToken(provider, { ...options, refused: refused2 }), url, init);
  }
  /** Forgets the access tokens that are held: when the user signs out, say. */
  forget() {
    this.#tokens.forget();
  }
  /** The connections, ordered by provider. `scopes`: what the app needs, for `missingScopes` of each. */
  async providerConnections(variables = {}) {
    return (await this.request(ProviderConnectionsDocument, variables)).providerConnections;
  }
  /** null: not connected. */
  async providerConnection(provider, variables = {}) {
    return (await this.request(ProviderConnectionDocument, { ...variables, provider })).providerConnection;
  }
  /** What happened to a connection, newest first; null: not connected. */
  async providerConnectionEvents(provider, variables = {}) {
    return (await this.request(ProviderConnectionEventsDocument, { ...variables, provider })).providerConnection?.events ?? null;
  }
  /** Where the browser goes to sign in with the provider; with `scopes`, to be asked for these. Needs nobody signed in. */
  async providerSignInUrl(provider, variables = {}) {
    return (await this.request(ProviderSignInUrlDocument, { ...variables, provider })).providerSignInUrl;
  }
  /** Where the browser goes to sign in with the provider again; null: not connected. */
  async reauthenticationUrl(provider, variables = {}) {
    return (await this.request(ProviderReauthenticationUrlDocument, { ...variables, provider })).providerConnection?.reauthenticationUrl ?? null;
  }
  /** Takes what a sign-in with the provider has left at Nhost Auth: right after the browser is back. */
  async connectProvider(provider, variables = {}) {
    return (await this.#changing(ConnectProviderDocument, { ...variables, provider })).connectProvider;
  }
  /** Renews the access token now; with `minValidFor` only if it would expire sooner. */
  async refreshProviderToken(provider, variables = {}) {
    return (await this.#changing(RefreshProviderTokenDocument, { ...variables, provider })).refreshProviderToken;
  }
  /** Removes the connection and its tokens. */
  async disconnectProvider(provider, variables = {}) {
    return (await this.#changing(DisconnectProviderDocument, { ...variables, provider })).disconnectProvider;
  }
  /** Makes a refresh token of another system a connection: for a service alone. */
  async importProviderConnection(variables) {
    return (await this.#changing(ImportProviderConnectionDocument, variables)).importProviderConnection;
  }
  /** Which apps may read access tokens of the user. */
  async providerAccessGrants(variables = {}) {
    return (await this.request(ProviderAccessGrantsDocument, variables)).providerAccessGrants;
  }
  /** Lets an app that acts for the user read access tokens of this connection. */
  async grantProviderAccess(variables) {
    return (await this.request(GrantProviderAccessDocument, variables)).grantProviderAccess;
  }
  /** Takes that back, for one provider or for all. */
  async revokeProviderAccess(variables) {
    return (await this.request(RevokeProviderAccessDocument, variables)).revokeProviderAccess;
  }
  /**
   * An operation of yours, generated by GraphQL Code Generator with `documentMode: 'string'`.
   * @throws {ProviderConnectionsError} The first error, though other fields were answered: see `requestPartially`.
   */
  async request(document, variables) {
    return await this.#whole(document, variables);
  }
  /**
   * As `request`, where a field that fails leaves the others: each has an error with its `path`.
   * @throws {ProviderConnectionsError} Where nothing was answered.
   */
  async requestPartially(document, variables) {
    return await this.#answer(document, variables);
  }
  /** What is held of a connection may be wrong, however the change has ended. */
  async #changing(document, variables) {
    try {
      return await this.request(document, variables);
    } finally {
      this.#tokens.forget(keyOf(variables.userId ?? this.#user, variables.provider));
    }
  }
  async #whole(document, variables, as) {
    const { data, errors } = await this.#answer(document, variables, as);
    if (errors[0] !== void 0) throw errors[0];
    return data;
  }
  async #answer(document, variables, as) {
    const { data, errors } = await this.#caller.send(document.toString(), variables, as);
    if (!isData(data)) throw errors[0] ?? offline();
    return { data, errors };
  }
};
function createClient(options) {
  return new ProviderConnectionsClient(options);
}
function keyOf(user, provider) {
  return `${user ?? ""} ${provider}`;
}
function isData(data) {
  return typeof data === "object" && data !== null;
}
function tokenIn(connection, provider) {
  const accessToken = connection?.accessToken ?? null;
  if (accessToken === null) throw errorOf("NOT_CONNECTED", notConnectedMessage(provider), { provider });
  return { accessToken, expiresAt: moment(connection?.expiresAt) };
}
export {
  AccessGrantFragmentDoc,
  AccessTokenFragmentDoc,
  AccountMismatchError,
  AccountUnverifiedError,
  BadRequestError,
  BadUserInputError,
  CallError,
  ConnectProviderDocument,
  ConnectionFragmentDoc,
  DisconnectProviderDocument,
  ForbiddenError,
  GrantProviderAccessDocument,
  GraphQLParseError,
  GraphQLValidationError,
  ImportProviderConnectionDocument,
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
  ProviderAccessGrantsDocument,
  ProviderAccessTokenDocument,
  ProviderConnectionDocument,
  ProviderConnectionEventsDocument,
  ProviderConnectionsClient,
  ProviderConnectionsDocument,
  ProviderConnectionsError,
  ProviderNotEnabledError,
  ProviderReauthenticationUrlDocument,
  ProviderSessionNotFoundError,
  ProviderSignInUrlDocument,
  QueryTooComplexError,
  RateLimitedError,
  ReauthenticationRequiredError,
  RefreshProviderTokenDocument,
  RenewProviderAccessTokenDocument,
  RetryLaterError,
  RevokeProviderAccessDocument,
  ScopeNotConfiguredError,
  SignInAgainError,
  TokenUnreadableError,
  TypedDocumentString,
  UnauthenticatedError,
  UnsupportedMediaTypeError,
  UpstreamUnavailableError,
  UserChangedError,
  callApi,
  createClient,
  errorClasses,
  isProvider
};
