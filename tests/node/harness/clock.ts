/** What Playwright calls a page or a context: the part of it that is needed here. */
interface Timed {
  clock: { install(): Promise<void> }
  addInitScript(script: () => void): Promise<unknown>
}

/**
 * Installs Playwright's clock, which a test moves, in a page or in all pages of a context, before they are opened. The
 * clock has `AbortSignal.timeout` as well: a request under way when a test moves it by minutes would end for having taken
 * too long. Here, requests don't.
 */
export async function installClock(timed: Timed): Promise<void> {
  await timed.clock.install()
  await timed.addInitScript(() => {
    AbortSignal.timeout = () => new AbortController().signal
  })
}
