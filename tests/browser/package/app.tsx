// The tag in React. Every use that has to be refused says so.
import 'provider-connections-element'
import type { ProviderConnectionsElement } from 'provider-connections-element'
import type {} from 'provider-connections-element/react'
import { useRef } from 'react'

export function Accounts({ token }: { token: () => Promise<string | null> }) {
  const element = useRef<ProviderConnectionsElement>(null)
  return (
    <main onClick={() => void element.current?.refresh()}>
      <provider-connections
        ref={element}
        endpoint="/graphql"
        providers="google github"
        theme="dark"
        live="off"
        locale="de"
        redirect-to="/accounts"
        scopes-google="openid email"
        jwt={({ fresh }) => (fresh ? null : token())}
        onconnected={({ detail }) => detail.provider.toUpperCase()}
        onfailed={({ detail }) => detail.message.length}
      />
    </main>
  )
}

// @ts-expect-error no such theme
export const blue = () => <provider-connections theme="blue" />
// @ts-expect-error scopes are a list in one text
export const listed = () => <provider-connections scopes-google={['openid']} />
// @ts-expect-error no such attribute
export const token = () => <provider-connections token="secret" />
// @ts-expect-error a JWT is a text, null or a function
export const jwt = () => <provider-connections jwt={5} />
// @ts-expect-error no event tells a token
export const heard = () => <provider-connections onconnected={({ detail }) => detail.accessToken} />
