import { createClient } from '@nhost/nhost-js'

import { Problem } from '../src/problem.ts'
import { Providers } from '../src/providers.ts'

const nhost = createClient({ subdomain: 'your-subdomain', region: 'eu-central-1' })
// `headers` go with every call; most apps need none.
const providers = new Providers(nhost, { headers: { 'x-hasura-role': 'user' } })

/** The buttons "Sign in with Google", and "Add Google" for who is signed in. */
export const signIn = () => location.assign(providers.signInUrl('google', location.href))
export const add = async () => location.assign(await providers.linkUrl('google', location.href))

/** As soon as the app has loaded, in an effect, say; twice does no harm. Don't exchange a `refreshToken` any other way. */
export async function loaded(): Promise<void> {
  const { href, pathname, search } = location
  if (!new URLSearchParams(search).has('state')) return
  await providers.connectAfterCallback(href).finally(() => history.replaceState(null, '', pathname))
}

/** Whenever the user's files are needed. */
export async function files(): Promise<Response | undefined> {
  try {
    return await providers.fetch('google', 'https://www.googleapis.com/drive/v3/files')
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    const again = providers.signInAgainUrl(thrown, location.href)
    if (again === undefined) throw thrown
    console.log(`${thrown.message} Sign in again: ${again}`)
    return undefined
  }
}
