import { member } from '../json.ts'
import { type Answered, type Outcome, type Path, written } from '../oracle/outcome.ts'

/** Where the two answers are not the same, in a few words; null: they are. */
export function difference(expected: Outcome, actual: Answered): string | null {
  if (expected.class !== actual.class) return `graphql-js: ${expected.class}, the server: ${actual.class}`
  if (expected.status !== actual.status) return `status ${expected.status}, the server's ${actual.status}`
  return unlike(expected.data, actual.data, []) ?? unlikeErrors(expected, actual)
}

/** The first place where the values or the order of keys differ. */
function unlike(expected: unknown, actual: unknown, at: Path): string | null {
  if (Array.isArray(expected) && Array.isArray(actual) && expected.length !== actual.length) {
    return `data.${written(at)}: ${expected.length} items, the server has ${actual.length}`
  }
  if (!isObject(expected) || !isObject(actual) || Array.isArray(expected) !== Array.isArray(actual)) {
    return expected === actual ? null : `data.${written(at)}: ${shown(expected)}, the server has ${shown(actual)}`
  }
  const keys = Object.keys(expected)
  if (`${keys}` !== `${Object.keys(actual)}`) return `data.${written(at)}: the keys ${keys}, the server has ${Object.keys(actual)}`
  for (const key of keys) {
    const found = unlike(member(expected, key), member(actual, key), [...at, key])
    if (found !== null) return found
  }
  return null
}

/** Each null that an error made has one of its causes; of several, whichever was met first (section 6.4.4). */
function unlikeErrors(expected: Outcome, actual: Answered): string | null {
  const paths = actual.paths.map(written)
  const [repeated] = paths.filter((path, at) => paths.indexOf(path) !== at)
  if (repeated !== undefined) return `two errors at ${repeated}`
  const wanted = byNull({ data: expected.data, paths: expected.causes })
  const found = byNull(actual)
  for (const place of new Set([...wanted.keys(), ...found.keys()])) {
    const theirs = wanted.get(place) ?? []
    const ours = found.get(place) ?? []
    if (ours.length === 0 || !ours.every((path) => theirs.includes(path))) return `errors at ${place || 'the root'}: ${shown(theirs)}, the server has ${shown(ours)}`
  }
  return null
}

/** The paths of errors, by the null that stands for each. */
function byNull({ data, paths }: Pick<Answered, 'data' | 'paths'>): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const path of paths) {
    let [value, depth] = [data, 0]
    for (const step of path) {
      if (value === null) break
      value = member(value, step)
      depth += 1
    }
    const place = written(path.slice(0, depth))
    found.set(place, [...(found.get(place) ?? []), written(path)])
  }
  return found
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}
