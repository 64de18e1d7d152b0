import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Page } from 'playwright-core'
import pixelmatch from 'pixelmatch'
import { PNG } from 'pngjs'
import sharp from 'sharp'

/** `UPDATE_SCREENSHOTS=1` makes the pictures of `docs/images` anew. */
export const updating = process.env['UPDATE_SCREENSHOTS'] === '1'
/** `COMPARE_SCREENSHOTS=1` compares them, pixel by pixel: for the machine that made them, since other fonts draw other letters. */
export const comparing = process.env['COMPARE_SCREENSHOTS'] === '1'

const folder = new URL('../../../docs/images/', import.meta.url)
/** Of the pixels of a picture, how many may differ. */
const TOLERANCE = 0.001
/** Of the pixels of a picture, how many there are at least that are not ground. */
const BLANK = 0.01

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

/**
 * What is wrong with a picture whatever its letters look like, in words: another width than that of the one that is kept, which
 * the window makes and not the font, or hardly anything in it.
 */
export async function pictureFaults(name: string, png: Buffer): Promise<string[]> {
  const [kept, seen] = [PNG.sync.read(await readFile(new URL(name, folder))), PNG.sync.read(png)]
  const faults: string[] = []
  if (seen.width !== kept.width) faults.push(`${kept.width} px wide is now ${seen.width}`)
  const ground = seen.data.readUInt32BE(0)
  let drawn = 0
  for (let at = 0; at < seen.data.length; at += 4) if (seen.data.readUInt32BE(at) !== ground) drawn += 1
  if (drawn < BLANK * seen.width * seen.height) faults.push(`${drawn} pixels of ${seen.width} × ${seen.height} are not ground`)
  return faults
}

/** The bytes of the picture that is kept. */
export async function weight(name: string): Promise<number> {
  return (await readFile(new URL(name, folder))).length
}
