import {
  getNullableType,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql'

import type { Random } from '../random.ts'
import type { Hints } from './hints.ts'

/** A value, in the document and in the variables. */
export type Written = { literal: string; json: string }

const NULL: Written = { literal: 'null', json: 'null' }
const TEXTS = ['', 'plain', 'two words', 'ünï©ode \u{1F600}', 'quote " and \\ backslash', 'line\nbreak', 'tab\there', '#no comment', '"""']
const INTEGERS = [0, 1, 2, 60, 3600, -1, 2_147_483_647, -2_147_483_648]

/** Writes values that the type takes, most of them such as the server knows. */
export class Values {
  readonly #random: Random
  readonly #hints: Hints

  constructor(random: Random, hints: Hints) {
    this.#random = random
    this.#hints = hints
  }

  of(type: GraphQLInputType, coordinate: string): Written {
    if (!isNonNullType(type) && this.#random.chance(0.08)) return NULL
    const nullable = getNullableType(type)
    if (!isListType(nullable)) return this.#named(nullable, coordinate)
    const item: GraphQLInputType = nullable.ofType
    // A single value is a list of one (section 3.12).
    if (this.#random.chance(0.2)) return this.of(item, coordinate)
    const items = Array.from({ length: this.#random.below(4) }, () => this.of(item, coordinate))
    const unlike = items.filter((one, at) => items.findIndex((other) => other.json === one.json) === at)
    const chosen = this.#random.chance(0.9) ? unlike : items
    return {
      literal: `[${chosen.map(({ literal }) => literal).join(', ')}]`,
      json: `[${chosen.map(({ json }) => json).join(', ')}]`,
    }
  }

  #named(type: GraphQLInputType, coordinate: string): Written {
    const hints = this.#hints.get(coordinate)
    if (isEnumType(type)) {
      const names = type.getValues().map(({ name }) => name)
      const name = this.#random.pick(hints ?? names)
      return { literal: `${name}`, json: `"${name}"` }
    }
    if (isInputObjectType(type)) throw new Error(`values of ${type.name} are to be written here`)
    if (hints !== undefined) return this.#scalar(this.#random.pick(hints))
    switch (`${type}`) {
      case 'Boolean':
        return this.#scalar(this.#random.chance(0.5))
      case 'Int':
        return this.#scalar(this.#random.pick(INTEGERS))
      case 'Float':
        return this.#scalar(this.#random.pick([0.5, 1, -2.25e10]))
      default:
        return this.#scalar(this.#random.pick(TEXTS))
    }
  }

  #scalar(value: string | number | boolean): Written {
    const written = JSON.stringify(value)
    if (typeof value !== 'number' || !Number.isInteger(value)) return { literal: written, json: written }
    // JSON has no integers of its own: 60, 60.0 and 6e1 are the same number.
    const json = this.#random.chance(0.1) ? this.#random.pick([`${value}.0`, `${value}e0`]) : written
    return { literal: written, json }
  }
}

/** JSON that hardly any type takes as it is. */
export const WRONG_JSON = ['"text"', '1', '1.5', '2147483648', '-2147483649', 'true', 'null', '[]', '[null]', '{}', '{"a":1}', '"google"', '""', '[["google"]]']

/** The same in a document. */
export const WRONG_LITERALS = ['"text"', '1', '1.5', '2147483648', '1e3', 'true', 'null', '[]', '[null]', '{}', '{a: 1}', 'google', 'nothing', '""', '"""google"""', '[[google]]']
