import type { Page } from 'playwright-core'

/** What has the keyboard's focus. */
export interface Focus {
  /** `button`, `summary`; `body` where nothing has it. */
  tag: string
  /** The provider whose row it is in; empty outside of all rows. */
  provider: string
  /** `data-action`; empty where it has none. */
  action: string
  /** Its box, in CSS pixels from the page's beginning. */
  x: number
  y: number
  width: number
  height: number
}

/** What has the focus, looked for through shadow roots. */
export async function focused(page: Page): Promise<Focus> {
  return await page.evaluate(() => {
    let at = document.activeElement
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement
    const box = at?.getBoundingClientRect()
    return {
      tag: at?.localName ?? 'body',
      provider: at?.closest('[part~=provider]')?.getAttribute('data-provider') ?? '',
      action: at?.getAttribute('data-action') ?? '',
      x: scrollX + (box?.x ?? 0),
      y: scrollY + (box?.y ?? 0),
      width: box?.width ?? 0,
      height: box?.height ?? 0,
    }
  })
}

/** `google refresh`, `google summary`: one stop of the Tab key, in words. */
export function stop({ tag, provider, action }: Focus): string {
  return `${provider} ${action === '' ? tag : action}`.trim()
}

/** Every stop of the Tab key on the page, in order, from the top until the focus leaves it. */
export async function tabStops(page: Page, each?: (focus: Focus) => Promise<void>): Promise<Focus[]> {
  const stops: Focus[] = []
  for (;;) {
    await page.keyboard.press('Tab')
    const focus = await focused(page)
    if (focus.tag === 'body') return stops
    stops.push(focus)
    if (stops.length > 100) throw new Error(`the Tab key is caught: ${stops.map(stop).join(', ')}`)
    await each?.(focus)
  }
}

/** What can be used, from the top, as the eye finds it: row by row, and in a row from where its reading begins. */
export async function usable(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const root = document.querySelector('provider-connections')?.shadowRoot
    const all = [...(root?.querySelectorAll('button:not([disabled]), a[href], summary, input, select') ?? [])].filter((at) => at.checkVisibility())
    const place = (at: Element) => {
      const provider = at.closest('[part~=provider]')
      const box = at.getBoundingClientRect()
      return { name: `${provider?.getAttribute('data-provider') ?? ''} ${at.getAttribute('data-action') ?? at.localName}`.trim(), box }
    }
    const sameLine = (one: DOMRect, other: DOMRect) => one.top < other.bottom && other.top < one.bottom
    return all
      .map(place)
      .sort((a, b) => (sameLine(a.box, b.box) ? a.box.left - b.box.left : a.box.top - b.box.top))
      .map(({ name }) => name)
  })
}
