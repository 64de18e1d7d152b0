// better-auth as its documentation sets it up for PostgreSQL, with one user who has three accounts.
//
// It runs at its best: a session is verified by its signed cookie (`cookieCache`) instead of by a query, nothing is
// rate limited, and nothing is logged. Tokens are encrypted, as this project's are.
import { createServer } from 'node:http';
import { betterAuth } from 'better-auth';
import { symmetricEncrypt } from 'better-auth/crypto';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import pg from 'pg';

const providers = ['github', 'google', 'spotify'];
const secret = 'a secret for measuring, of more than 32 characters';
const server = createServer();
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const baseURL = `http://127.0.0.1:${server.address().port}`;

const auth = betterAuth({
  baseURL,
  secret,
  database: new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.DATABASE_MAX_CONNECTIONS) }),
  emailAndPassword: { enabled: true },
  socialProviders: Object.fromEntries(providers.map((id) => [id, { clientId: id, clientSecret: id }])),
  account: { encryptOAuthTokens: true },
  session: { cookieCache: { enabled: true, maxAge: 3600 } },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
});
await (await getMigrations(auth.options)).runMigrations();

const { headers, response } = await auth.api.signUpEmail({
  body: { name: 'Ada', email: 'ada@example.com', password: 'a password for measuring' },
  returnHeaders: true,
});
const context = await auth.$context;
// An account of the sign-up's password would be a fourth row.
for (const { id } of await context.internalAdapter.findAccounts(response.user.id)) await context.internalAdapter.deleteAccount(id);
const encrypted = () => symmetricEncrypt({ key: context.secretConfig, data: `ya29.${'t'.repeat(200)}` });
let account;
for (const providerId of providers) {
  account = await context.internalAdapter.createAccount({
    userId: response.user.id,
    providerId,
    accountId: `ada at ${providerId}`,
    accessToken: await encrypted(),
    refreshToken: await encrypted(),
    accessTokenExpiresAt: new Date(Date.now() + 3600_000),
    scope: 'openid,email',
  });
}

server.on('request', toNodeHandler(auth));
const cookie = headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
console.log(JSON.stringify({ address: baseURL, cookie, account: account.id }));
