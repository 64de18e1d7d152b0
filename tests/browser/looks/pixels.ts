import { PNG } from 'pngjs'

import { type Colour, contrast } from './colour.ts'

/** A picture of a part of a page: where it begins, in pixels. */
export interface Part {
  x: number
  y: number
  png: Buffer
}

/** How many pixels of a part differ from the picture of the whole page by a contrast of `least` or more. */
export function changed(whole: PNG, { x, y, png }: Part, least: number): number {
  const part = PNG.sync.read(png)
  let count = 0
  for (let row = 0; row < part.height; row += 1) {
    for (let column = 0; column < part.width; column += 1) {
      const [was, is] = [colour(whole, x + column, y + row), colour(part, column, row)]
      if (was.join() !== is.join() && contrast(was, is) >= least) count += 1
    }
  }
  return count
}

function colour({ data, width }: PNG, x: number, y: number): Colour {
  const at = 4 * (y * width + x)
  return [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0]
}
