import type { Page } from 'playwright-core'

import type { ProviderConnectionsElement } from '../../../packages/element/dist/types/index.d.ts'
import { HEBREW } from './hebrew.ts'

/** What people and their devices make of the page. */
export interface Adaptation {
  name: string
  /** Of the window, in CSS pixels. */
  width: number
  locale?: 'de' | 'he'
  /** Of the page's text. */
  size?: '200%'
  spacing?: boolean
}

export const ADAPTATIONS: Adaptation[] = [
  { name: '320 px wide (WCAG 1.4.10)', width: 320 },
  { name: '320 px wide, in German', width: 320, locale: 'de' },
  { name: '320 px wide, right-to-left, in Hebrew', width: 320, locale: 'he' },
  { name: '375 px wide', width: 375 },
  { name: '768 px wide', width: 768 },
  { name: '768 px wide, in German', width: 768, locale: 'de' },
  { name: '1280 px wide', width: 1280 },
  { name: '1280 px wide, in German', width: 1280, locale: 'de' },
  { name: '1280 px wide, right-to-left, in Hebrew', width: 1280, locale: 'he' },
  { name: 'text at 200 % (WCAG 1.4.4)', width: 640, size: '200%' },
  { name: 'text at 200 % on a phone, in German', width: 375, locale: 'de', size: '200%' },
  { name: 'wider text spacing (WCAG 1.4.12)', width: 320, spacing: true },
]

/** The least that WCAG 1.4.12 asks for. */
const SPACING = '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }'

/** Has the page as the adaptation says, whatever it was before. */
export async function adapt(page: Page, { width, locale, size, spacing = false }: Omit<Adaptation, 'name'>): Promise<void> {
  await page.setViewportSize({ width, height: 800 })
  await page.locator('provider-connections').evaluate(
    (element: ProviderConnectionsElement, { locale, strings, dir, size, spacing }) => {
      element.setAttribute('locale', locale)
      element.strings = strings
      Object.assign(document.documentElement, { dir })
      document.documentElement.style.fontSize = size
      const sheet = new CSSStyleSheet()
      sheet.replaceSync(spacing)
      element.shadowRoot?.adoptedStyleSheets.splice(1, 1, sheet)
    },
    {
      locale: locale ?? 'en',
      strings: locale === 'he' ? HEBREW : {},
      dir: locale === 'he' ? 'rtl' : 'ltr',
      size: size ?? '',
      spacing: spacing ? SPACING : '',
    },
  )
}
