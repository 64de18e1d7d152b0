import { request } from './client.js'
import { Failure } from './failure.js'
import { CONNECTIONS, CONNECTIONS_BEFORE } from './operations.js'

/** Asks for the list, of a server of an earlier release for what that one knows: npm's package may be newer. */
export class Listing {
  /** Whether the server has refused the newer fields. */
  #older = false

  /** Another server is asked. */
  reset() {
    this.#older = false
  }

  /**
   * @param {URL} endpoint
   * @param {string} jwt
   * @param {boolean} recent With what happened lately.
   * @param {readonly string[]} needed The scopes that the app needs, of all providers.
   * @returns {Promise<unknown>}
   * @throws {Failure}
   */
  async ask(endpoint, jwt, recent, needed) {
    try {
      return await request(endpoint, jwt, this.#older ? CONNECTIONS_BEFORE : CONNECTIONS, { recent, needed })
    } catch (thrown) {
      if (this.#older || Failure.from(thrown).code !== 'GRAPHQL_VALIDATION_FAILED') throw thrown
      this.#older = true
      return await request(endpoint, jwt, CONNECTIONS_BEFORE, { recent })
    }
  }
}
