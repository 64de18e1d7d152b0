/** @import { Model } from './model.js' */
/** @import { OAuthProvider } from './providers.js' */
import { revocation } from './answer.js'
import { request } from './client.js'
import { field } from './json.js'
import { DISCONNECT, REFRESH } from './operations.js'

/**
 * Does what the user clicked at: for the user whose connections are shown now, and for no other. The JWT may come late.
 * @template T
 * @param {Model} model
 * @param {(jwt: string) => Promise<T>} call
 * @returns {Promise<T | null>} Null: another user is signed in, and nothing was called.
 */
export function asShown(model, call) {
  const { user } = model
  return model.as(async (jwt, other) => (other || !model.isStill(user) ? null : await call(jwt)))
}

/**
 * @param {Model} model
 * @param {OAuthProvider} provider
 */
export async function refresh(model, provider) {
  const { user } = model
  await model.act(provider, 'refreshing', async () => {
    const answer = await asShown(model, (jwt) => request(model.host.endpoint(), jwt, REFRESH, { provider }))
    await model.look()
    if (answer === null || !model.isStill(user)) return
    model.news.push({ provider, note: { key: 'wasRefreshed' } })
    model.host.dispatch('refreshed', { provider })
  })
}

/**
 * @param {Model} model
 * @param {OAuthProvider} provider
 */
export async function disconnect(model, provider) {
  const { user } = model
  await model.act(provider, 'disconnecting', async () => {
    const answer = await asShown(model, (jwt) => request(model.host.endpoint(), jwt, DISCONNECT, { provider }))
    await model.look()
    if (answer === null || !model.isStill(user)) return
    const what = revocation(field(field(answer, 'disconnectProvider'), 'revocation'))
    model.notes.set(provider, { key: what === 'REVOKED' ? 'revoked' : what === 'PENDING' ? 'revocationPending' : 'revocationUnsupported' })
    model.host.dispatch('disconnected', { provider })
  })
}
