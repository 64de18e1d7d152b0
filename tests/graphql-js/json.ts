/** A member of what is an object at run time alone. */
export function member(value: unknown, name: string | number): unknown {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(`${name}`) : undefined
}

export function text(value: unknown, name: string): string {
  const found = member(value, name)
  if (typeof found !== 'string') throw new Error(`no ${name} in ${JSON.stringify(value)}`)
  return found
}

export function list(value: unknown, name: string): unknown[] {
  const found = member(value, name)
  if (!Array.isArray(found)) throw new Error(`no list ${name} in ${JSON.stringify(value)}`)
  return found
}
