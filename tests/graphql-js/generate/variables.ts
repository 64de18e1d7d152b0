import { type GraphQLInputType, GraphQLNonNull, isNonNullType } from 'graphql'

import type { Random } from '../random.ts'
import type { Values } from './values.ts'

type Definition = { name: string; type: string; initial: string | undefined; coordinate: string }

/** The variables of one operation, as its fields ask for them. */
export class Variables {
  readonly #random: Random
  readonly #values: Values
  readonly #definitions: Definition[] = []
  /** JSON by the variable's name; some are missing. */
  readonly json = new Map<string, string>()

  constructor(random: Random, values: Values) {
    this.#random = random
    this.#values = values
  }

  /** `($a: Int = 1, $b: …)`, or nothing. */
  definitions(): string {
    if (this.#definitions.length === 0) return ''
    const texts = this.#definitions.map(({ name, type, initial }) => `$${name}: ${type}${initial === undefined ? '' : ` = ${initial}`}`)
    return `(${texts.join(', ')})`
  }

  /** A variable for a position of this type: `$a`. `hasDefault`: the position has a value of its own. */
  forPosition(type: GraphQLInputType, hasDefault: boolean, coordinate: string): string {
    const known = this.#definitions.filter((one) => one.coordinate === coordinate && one.type === `${type}`)
    if (known.length > 0 && this.#random.chance(0.4)) return `$${this.#random.pick(known).name}`
    const name = `v${this.#definitions.length}`
    const [declared, initial] = this.#declared(type, hasDefault, coordinate)
    this.#definitions.push({ name, type: `${declared}`, initial, coordinate })
    this.#provide(name, declared, initial !== undefined, coordinate)
    return `$${name}`
  }

  /** A type that may stand in the position (section 5.8.5), and a default. */
  #declared(type: GraphQLInputType, hasDefault: boolean, coordinate: string): [GraphQLInputType, string | undefined] {
    const initial = () => this.#values.of(isNonNullType(type) ? type : new GraphQLNonNull(type), coordinate).literal
    if (!isNonNullType(type)) {
      if (this.#random.chance(0.2)) return [new GraphQLNonNull(type), undefined]
      return [type, this.#random.chance(0.4) ? initial() : undefined]
    }
    if (this.#random.chance(0.4)) return [type, undefined]
    if (hasDefault && this.#random.chance(0.5)) return [type.ofType, undefined]
    if (this.#random.chance(0.2)) return [type, initial()]
    return [type.ofType, initial()]
  }

  /** Mostly a value; missing or null where that may be, and now and then where it may not. */
  #provide(name: string, type: GraphQLInputType, hasInitial: boolean, coordinate: string): void {
    const optional = hasInitial || !isNonNullType(type)
    if (this.#random.chance(optional ? 0.35 : 0.03)) return
    const { json } = this.#values.of(type, coordinate)
    this.json.set(name, this.#random.chance(0.03) ? 'null' : json)
  }
}
