/** Answers an access token; `refused`: the one that the provider's API has just answered 401 to. */
export type GetToken = (options?: { refused?: string | undefined }) => Promise<string>

/**
 * `fetch` with the user's access token. `url` is the provider's API, and never an address that came from somewhere else: it is
 * sent the token.
 */
export async function callApi(getToken: GetToken, url: string, init: RequestInit = {}): Promise<Response> {
  const send = async (accessToken: string) => {
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${accessToken}`)
    return await fetch(url, { ...init, headers })
  }
  const accessToken = await getToken()
  const response = await send(accessToken)
  // A stream is read by the first request, and can't be sent again.
  const isStream = typeof ReadableStream !== 'undefined' && init.body instanceof ReadableStream
  // It has ended before its time: another one, once.
  return response.status === 401 && !isStream ? await send(await getToken({ refused: accessToken })) : response
}
