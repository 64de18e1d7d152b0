import { print } from 'graphql'

import { type Class, CLASSES } from '../oracle/outcome.ts'
import { parsed, RULES } from '../oracle/oracle.ts'
import { bodyOf, type Request } from '../request.ts'
import { EXPLAINED, type Explanation } from './explained.ts'

/** A difference that nothing explains, by the smallest request that shows it. */
export type Finding = { request: Request; what: string; answer: string }

/** What was compared, in numbers. */
export class Tally {
  readonly #classes = new Map<Class, number>()
  readonly #rules = new Map<string, number>()
  readonly #explained = new Map<Explanation, number>()
  readonly findings: Finding[] = []
  compared = 0
  notCompared = 0
  effects = 0

  count(reason: Class, rules: readonly string[]): void {
    this.compared += 1
    this.#classes.set(reason, (this.#classes.get(reason) ?? 0) + 1)
    for (const rule of rules) this.#rules.set(rule, (this.#rules.get(rule) ?? 0) + 1)
  }

  explained(by: Explanation): void {
    this.#explained.set(by, (this.#explained.get(by) ?? 0) + 1)
  }

  /** Rules of graphql-js that no document broke. */
  get untouched(): string[] {
    return RULES.map(({ name }) => name).filter((name) => !this.#rules.has(name))
  }

  /** Explanations of nothing that was met. */
  get stale(): string[] {
    return EXPLAINED.filter((one) => !this.#explained.has(one)).map(({ reason }) => reason)
  }

  report(): string {
    const lines = [
      `${this.compared} documents compared: ${CLASSES.map((name) => `${name} ${this.#classes.get(name) ?? 0}`).join(', ')}`,
      `${this.effects} mutations with effects compared; ${this.notCompared} documents left out, as their answer depends on time`,
      `rules broken: ${[...this.#rules].sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, count]) => `${name.replace(/Rule$/, '')} ${count}`).join(', ')}`,
      ...[...this.#explained].map(([{ reason, section }, count]) => `${count} differ: ${reason} (section ${section})`),
      `${this.findings.length} differences without an explanation`,
    ]
    return [...lines, ...this.findings.map(described)].join('\n')
  }
}

function described({ request, what, answer }: Finding): string {
  const document = parsed(request.query)
  const shown = document === null ? JSON.stringify(request.query) : print(document)
  const caller = `${request.caller}, ${request.strict ? 'application/graphql-response+json' : 'application/json'}`
  return `\n--- ${what}\n${shown}\n${caller}: ${bodyOf(request)}\nanswer: ${answer.slice(0, 600)}`
}
