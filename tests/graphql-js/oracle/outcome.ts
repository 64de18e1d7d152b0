/** What became of a document; the first that is found wrong decides. */
export const CLASSES = ['syntax', 'validation', 'operation', 'variables', 'executed'] as const

export type Class = (typeof CLASSES)[number]

export type Path = readonly (string | number)[]

/** What is to be answered, without the words. */
export type Outcome = Answered & {
  readonly class: Class
  /** The rules that the document breaks, by graphql-js's names. */
  readonly rules: readonly string[]
  /** Of all errors, also those that a null of another one swallowed (section 6.4.4). */
  readonly causes: readonly Path[]
  /** Whether a variable is null where null can't be: section 6.4.1 finds out while the field is executed. */
  readonly nullRefused: boolean
}

/** What was answered. */
export type Answered = {
  /** A class, or the code of an error that belongs to none. */
  readonly class: string
  /** Undefined: the answer has no `data`. */
  readonly data: unknown
  /** Of errors that were raised while fields were executed. */
  readonly paths: readonly Path[]
  /** Over HTTP. */
  readonly status: number
}

/** `a.0.b` */
export function written(path: Path): string {
  return path.join('.')
}
