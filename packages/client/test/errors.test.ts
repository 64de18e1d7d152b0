import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

import { Failure } from '../../element/src/failure.js'
import { errorFrom, errorIn } from '../src/errorOf.ts'
import { CallError, errorClasses, InsufficientScopeError, ProviderConnectionsError, SignInAgainError } from '../src/index.ts'

const docs = await readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
/** The sections of docs/errors.md, by code. */
const sections = new Map([...docs.matchAll(/^## `([A-Z_]+)`$([^]*?)(?=^## |(?![^]))/gm)].map(([, code, text]) => [code ?? '', text ?? '']))
/** What has no answer of the server's. */
const OURS = ['OFFLINE', 'SIGNED_OUT', 'SESSION_ENDED', 'USER_CHANGED']

function answered(code: string, extensions: object = {}): ProviderConnectionsError {
  return errorIn({ message: 'What happened. What to do.', path: ['providerConnections', 2, 'accessToken'], extensions: { code, ...extensions } })
}

test('each code of docs/errors.md has a class, and no class has a code that is not there', () => {
  assert.ok(sections.size > 20)
  assert.deepEqual([...sections.keys(), ...OURS].sort(), Object.keys(errorClasses).sort())
  for (const [code, made] of Object.entries(errorClasses)) {
    const error = answered(code)
    assert.equal(error.constructor, made, code)
    assert.equal(error.code, code)
    assert.ok(error instanceof ProviderConnectionsError && error instanceof Failure, code)
  }
})

test('what docs/errors.md gives as one thing to do is one class for all its codes', () => {
  // The first table of the page: what to do, and for which codes.
  const rows = docs.split('\n## ')[0]?.matchAll(/^\|[^|]*\|([^|]*`[A-Z_]+`[^|]*)\|$/gm) ?? []
  const remedies = [...rows].map(([, cell]) => new Set([...(cell ?? '').matchAll(/`([A-Z_]+)`/g)].map(([, code]) => answered(code ?? '').remedy)))
  assert.deepEqual(remedies.map((row) => [...row]), [['sign-in-again'], ['retry-later'], ['renew-session'], ['tell-operator']])
  const named = new Set([...(docs.split('\n## ')[0] ?? '').matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code))
  for (const code of sections.keys()) assert.equal(answered(code) instanceof CallError, !named.has(code), code)
})

test('each extension that docs/errors.md has of a code is a property of the error', () => {
  const values = { provider: 'google', reauthenticationUrl: 'https://a', retryAfter: 5, reason: 'jwt-missing', upstream: 'jwks', requestId: 'r', missingScopes: ['a'], scopes: ['b'], clientId: 'c' }
  for (const [code, text] of sections) {
    const names = [...(/^\W*Extensions\b.*$/m.exec(text)?.[0] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name ?? '')
    assert.ok(names.includes('code'), code)
    const error = answered(code, values)
    for (const name of names) assert.deepEqual(Reflect.get(error, name), name === 'code' ? code : Reflect.get(values, name), `${code} ${name}`)
  }
  assert.equal(answered('FORBIDDEN', values).clientId, 'c')
})

test('an error says where in the answer it is, and what the user lacks', () => {
  const error = answered('INSUFFICIENT_SCOPE', { missingScopes: ['calendar', 3], reauthenticationUrl: 'https://auth.example.com/' })
  assert.ok(error instanceof InsufficientScopeError && error instanceof SignInAgainError)
  assert.deepEqual([error.missingScopes, error.path, error.reauthenticationUrl], [['calendar'], ['providerConnections', 2, 'accessToken'], 'https://auth.example.com/'])
  assert.equal(error.message, 'What happened. What to do.')
})

test('a code that nobody knows yet, and what is no error at all, are errors as well', () => {
  for (const code of ['invalid-jwt', 'FROM_THE_FUTURE', 'constructor', '__proto__']) {
    assert.deepEqual([answered(code).constructor, answered(code).code, answered(code).remedy], [ProviderConnectionsError, code, null])
  }
  assert.equal(errorIn('x').code, 'INTERNAL')
  assert.equal(errorIn(null).code, 'INTERNAL')
  assert.equal(errorFrom(new Failure('SIGNED_OUT')).message, 'Nobody is signed in to the app. Sign in first.')
  assert.equal(errorFrom(new Failure('OFFLINE')).retryAfter, 10)
  assert.equal(errorFrom(new TypeError('a mistake')).message, 'a mistake')
})
