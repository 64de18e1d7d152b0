import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Page } from 'playwright-core'
import pixelmatch from 'pixelmatch'
import { PNG } from 'pngjs'
import sharp from 'sharp'

import { browser } from '../harness/browser.ts'

/** `UPDATE_SCREENSHOTS=1` makes the pictures of `docs/images` anew. */
export const updating = process.env['UPDATE_SCREENSHOTS'] === '1'

const folder = new URL('../../../docs/images/', import.meta.url)
/** Says which fonts and which rasteriser drew the pictures of `docs/images`. */
const RASTERISER = new URL('rasteriser.txt', import.meta.url)
/** Of the pixels of a picture, how many may differ. */
const TOLERANCE = 0.001

/** Takes the picture of what `selector` names, with a margin, in CSS pixels, around it. */
export async function take(page: Page, selector: string, margin: number): Promise<Buffer> {
  const box = await page.locator(selector).first().boundingBox()
  if (box === null) throw new Error(`there is no ${selector} to be seen`)
  const width = page.viewportSize()?.width ?? 0
  const x = Math.max(0, Math.floor(box.x - margin))
  const y = Math.max(0, Math.floor(box.y - margin))
  const clip = { x, y, width: Math.min(width - x, Math.ceil(box.width + 2 * margin)), height: Math.ceil(box.height + 2 * margin) }
  return await page.screenshot({ clip, fullPage: true, animations: 'disabled', caret: 'hide' })
}

export async function keep(name: string, png: Buffer): Promise<void> {
  const path = fileURLToPath(new URL(name, folder))
  await mkdir(dirname(path), { recursive: true })
  // A palette makes it a quarter of what Chromium makes it.
  await sharp(png).png({ palette: true, quality: 90, effort: 10, dither: 0 }).toFile(path)
}

/** How the picture that is kept differs from this one, in words; null where it does not. */
export async function difference(name: string, png: Buffer): Promise<string | null> {
  const [kept, seen] = [PNG.sync.read(await readFile(new URL(name, folder))), PNG.sync.read(png)]
  const { width, height } = kept
  if (seen.width !== width || seen.height !== height) return `${width} × ${height} px are now ${seen.width} × ${seen.height}`
  const count = pixelmatch(kept.data, seen.data, undefined, width, height, { threshold: 0.2 })
  return count > TOLERANCE * width * height ? `${count} pixels differ` : null
}

/** What this machine makes of letters: the same for the same fonts, the same rasteriser and the same settings of it. */
async function rasteriser(): Promise<string> {
  const page = await (await browser()).newPage({ deviceScaleFactor: 2, viewport: { width: 400, height: 80 } })
  await page.setContent('<p style="font: 16px/1.5 Liberation Sans">Hamburgefonstiv 0123456789 מחובר <b>Refresh…</b></p>')
  const png = await page.screenshot()
  await page.close()
  return createHash('sha256').update(PNG.sync.read(png).data).digest('hex')
}

/** Whether the pictures that are kept were drawn with the fonts and the rasteriser of this machine. */
export async function comparable(): Promise<boolean> {
  return (await readFile(RASTERISER, 'utf8').catch(() => '')).trim() === (await rasteriser())
}

/** Remembers what the pictures are drawn with. */
export async function remember(): Promise<void> {
  await writeFile(RASTERISER, `${await rasteriser()}\n`)
}
