// What a developer writes who has installed the package. Every use that has to be refused says so.
import { ProviderConnectionsElement, type Connection, type JwtFunction, type OAuthProvider, type Strings } from 'provider-connections-element'

declare function userJwt(): Promise<string>
declare function heard(event: string, provider: OAuthProvider): void

const jwt: JwtFunction = async ({ fresh }) => (fresh ? null : await userJwt())
const strings: Partial<Strings> = { refresh: 'Renew' }

const element = document.querySelector('provider-connections')
if (element === null || !(element instanceof ProviderConnectionsElement)) throw new Error('the page has no element')
element.jwt = jwt
element.strings = strings
element.addEventListener('refreshed', ({ detail }) => heard('refreshed', detail.provider))
element.addEventListener('changed', ({ detail }) => show(detail.connections))
element.addEventListener('signin', (event) => {
  if (new URL(event.detail.url).protocol !== 'https:') event.preventDefault()
})

function show(connections: readonly Connection[]): void {
  document.title = connections.map(({ provider, status }) => `${provider} ${status}`).join()
}

/** Nobody calls it. */
export function refused(element: ProviderConnectionsElement): void {
  // @ts-expect-error a JWT is a text, null or a function
  element.jwt = 5
  // @ts-expect-error there is no such text
  element.strings = { nonsense: 'Nonsense' }
  // @ts-expect-error what is shown is to be read only
  element.connections = []
  // @ts-expect-error no event tells a token
  element.addEventListener('connected', ({ detail }) => detail.accessToken)
  // @ts-expect-error no such provider
  heard('refreshed', 'nobody')
}
