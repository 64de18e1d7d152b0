import type { Page } from 'playwright-core'

/**
 * What is wrong with how the element is laid out, in words; nothing where all is well. It holds for every font and every
 * rasteriser, which a comparison of pictures does not.
 */
export async function layoutFaults(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const faults: string[] = []
    const within = 1 // Boxes have fractions of a pixel.
    const host = document.querySelector('provider-connections')
    const root = host?.shadowRoot
    if (!host || !root) return ['the page has no element']

    if (document.documentElement.scrollWidth > innerWidth) {
      faults.push(`the page scrolls sideways: ${document.documentElement.scrollWidth} px wide in ${innerWidth} px`)
    }
    const frame = host.getBoundingClientRect()

    // Each run of text, as the lines that it is broken into.
    const texts: { words: string; of: Element; box: DOMRect }[] = []
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const of = node.parentElement
      const words = node.textContent?.trim() ?? ''
      if (of === null || words === '' || !of.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue
      const range = document.createRange()
      range.selectNodeContents(node)
      for (const box of range.getClientRects()) {
        if (box.width > 1 && box.height > 1) texts.push({ words, of, box })
      }
    }
    // For screen readers alone: clipped to a pixel on purpose.
    const seen = texts.filter(({ of }) => {
      for (let at: Element | null = of; at; at = at.parentElement) {
        const box = at.getBoundingClientRect()
        if (box.width <= 1 && box.height <= 1) return false
      }
      return true
    })
    for (const { words, of, box } of seen) {
      if (box.left < frame.left - within || box.right > frame.right + within) faults.push(`"${words}" sticks out of the element`)
      for (let at: Element | null = of; at; at = at.parentElement) {
        const style = getComputedStyle(at)
        if (style.overflowX === 'visible' && style.overflowY === 'visible') continue
        const clip = at.getBoundingClientRect()
        const cut = box.left < clip.left - within || box.right > clip.right + within || box.top < clip.top - within || box.bottom > clip.bottom + within
        if (cut) faults.push(`"${words}" is cut off by ${at.localName}`)
      }
    }
    // Only what a person or another site has named may break within a word.
    for (const words of new Set(seen.map(({ words }) => words))) {
      const of = seen.filter((one) => one.words === words)
      const lines = Math.max(...[...new Set(of.map((one) => one.of))].map((element) => of.filter((one) => one.of === element).length))
      const most = words.split(/\s+/).length
      if (lines > most && words.length < 30 && !/[@/.:]/.test(words)) faults.push(`"${words}" is broken within a word`)
    }
    for (const [index, one] of seen.entries()) {
      for (const other of seen.slice(index + 1)) {
        if (one.of === other.of || one.of.contains(other.of) || other.of.contains(one.of)) continue
        const width = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left)
        const height = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top)
        // Line boxes of neighbouring lines may touch; letters do not.
        if (width > 2 && height > Math.min(one.box.height, other.box.height) / 3) faults.push(`"${one.words}" and "${other.words}" lie on each other`)
      }
    }

    const targets = [...root.querySelectorAll('button, a[href], summary, input, select, [tabindex="0"]')].filter((at) => at.checkVisibility())
    for (const target of targets) {
      const box = target.getBoundingClientRect()
      const name = `${target.localName} "${target.textContent?.trim()}"`
      if (box.width < 24 || box.height < 24) faults.push(`${name} is too small a target: ${box.width} × ${box.height} px`)
      if (box.left < frame.left - within || box.right > frame.right + within) faults.push(`${name} sticks out of the element`)
      for (const other of targets) {
        if (other === target || other.contains(target) || target.contains(other)) continue
        const by = other.getBoundingClientRect()
        const apart = box.right <= by.left + within || by.right <= box.left + within || box.bottom <= by.top + within || by.bottom <= box.top + within
        if (!apart) faults.push(`${name} and "${other.textContent?.trim()}" lie on each other`)
      }
    }
    return faults
  })
}
