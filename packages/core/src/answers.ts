import { field, list, number, oneOf, text } from '../../element/src/json.js'
import { isProvider } from '../../element/src/providers.js'
import type { ProviderConnectionsError } from '../../client/src/errors.ts'
import type { Account, Connection, ConnectionStatus, NeededScopes, Revocation } from './types.ts'

const STATUSES: readonly ConnectionStatus[] = ['ACTIVE', 'REFRESH_FAILING', 'REAUTHENTICATION_REQUIRED']
const REVOCATIONS: readonly Revocation[] = ['REVOKED', 'PENDING', 'UNSUPPORTED']

/**
 * The connections of an answer. One of a provider or a status that a newer server knows is left out. `missingScopes` is
 * asked for what is needed of any provider: what another one has nothing of is not missing.
 */
export function connectionsOf(value: unknown, needed: NeededScopes = {}): Connection[] {
  return list(value).flatMap((one) => {
    const [provider, status] = [field(one, 'provider'), oneOf(field(one, 'status'), STATUSES)]
    if (!isProvider(provider) || status === null) return []
    return [
      {
        id: text(field(one, 'id')) ?? '',
        userId: text(field(one, 'userId')) ?? '',
        provider,
        status,
        expiresAt: text(field(one, 'expiresAt')),
        refreshable: field(one, 'refreshable') === true,
        connectedAt: text(field(one, 'connectedAt')) ?? '',
        refreshedAt: text(field(one, 'refreshedAt')),
        lastFailure: lastFailureOf(field(one, 'lastFailure')),
        account: accountOf(field(one, 'account')),
        reconnectBy: text(field(one, 'reconnectBy')),
        scopes: textsOf(field(one, 'scopes')),
        missingScopes: ofNeeded(textsOf(field(one, 'missingScopes')), needed[provider]),
        reauthenticationUrl: text(field(one, 'reauthenticationUrl')) ?? '',
      },
    ]
  })
}

/** Those of the missing scopes that are needed of this provider. */
export function ofNeeded(missing: readonly string[] | null, needed: readonly string[] = []): readonly string[] | null {
  return missing?.filter((scope) => needed.includes(scope)) ?? null
}

function textsOf(value: unknown): string[] | null {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : null
}

function accountOf(value: unknown): Account | null {
  const id = text(field(value, 'id'))
  if (id === null) return null
  const of = (name: string) => text(field(value, name))
  return { id, email: of('email'), login: of('login'), name: of('name'), avatarUrl: of('avatarUrl'), profileUrl: of('profileUrl') }
}

function lastFailureOf(value: unknown): Connection['lastFailure'] {
  const [code, at] = [text(field(value, 'code')), text(field(value, 'at'))]
  if (code === null || at === null) return null
  return { code, message: text(field(value, 'message')) ?? code, at, retryAt: text(field(value, 'retryAt')) }
}

export function revocationOf(value: unknown): Revocation {
  return oneOf(value, REVOCATIONS) ?? 'UNSUPPORTED'
}

/** The place in a list that an error's path (`["providerConnections", 2, "accessToken"]`) names. */
export function placeOf({ path }: ProviderConnectionsError): number | null {
  return number(path[1])
}
