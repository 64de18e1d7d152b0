/** @import { Model } from './model.js' */
/** @import { OAuthProvider } from './providers.js' */
/** @import { AccessGrant } from './types.js' */
import { asShown } from './actions.js'
import { request } from './client.js'
import { Failure } from './failure.js'
import { field, list, moment, text } from './json.js'
import { REVOKE } from './operations.js'
import { isProvider } from './providers.js'

/**
 * What apps may read, of an answer; what can't be shown is left out.
 * @param {unknown} value
 * @returns {AccessGrant[]}
 */
export const accessGrants = (value) =>
  list(value).flatMap((one) => {
    const [clientId, provider] = [text(field(one, 'clientId')), field(one, 'provider')]
    if (clientId === null || !isProvider(provider)) return []
    return [{ clientId, provider, lastUsedAt: moment(field(one, 'lastUsedAt')) }]
  })

/** What apps may read of the user's connections, and taking it back. */
export class Access {
  #model
  /** Those that are being revoked. @type {Set<string>} */
  #revoking = new Set()

  /** @param {Model} model */
  constructor(model) {
    this.#model = model
  }

  /** @param {OAuthProvider} provider */
  of(provider) {
    return this.#model.grants.filter((one) => one.provider === provider)
  }

  /**
   * Whether an app's access is being revoked.
   * @param {OAuthProvider} provider
   * @param {string} clientId
   */
  revoking(provider, clientId) {
    return this.#revoking.has(`${provider} ${clientId}`)
  }

  /**
   * @param {OAuthProvider} provider
   * @param {string} clientId
   */
  async revoke(provider, clientId) {
    const key = `${provider} ${clientId}`
    if (this.#revoking.has(key)) return
    const { host, news, notes, user } = this.#model
    this.#revoking.add(key)
    notes.delete(provider)
    host.changed()
    try {
      const answer = await asShown(this.#model, (jwt) => request(host.endpoint(), jwt, REVOKE, { clientId, provider }))
      await this.#model.look()
      if (answer === null || !this.#model.isStill(user)) return
      news.push({ provider, note: { key: 'accessRevoked' } })
      host.dispatch('revoked', { provider, clientId })
    } catch (thrown) {
      if (this.#model.isStill(user)) this.#model.fail(provider, Failure.from(thrown))
      await this.#model.look()
    } finally {
      this.#revoking.delete(key)
      host.changed()
    }
  }
}
