import {
  getNamedType,
  getNullableType,
  GraphQLBoolean,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  GraphQLNonNull,
  type GraphQLObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql'

import type { Random } from '../random.ts'
import type { Values } from './values.ts'
import type { Variables } from './variables.ts'

/** What stands by each response key at one place, so that what is added merges with it (section 5.3.2). */
type Keys = Map<string, { call: string; below: Keys }>

/** What one document may hold: within the limits of this server, and of introspection that stays small. */
export type Budget = { fields: number; events: number; introspected: number }

type Place = { type: GraphQLObjectType; depth: number; keys: Keys; directed: boolean }

const CONDITION = new GraphQLNonNull(GraphQLBoolean)

/** Lists within lists of types grow fast. */
const GROWING = ['types', 'fields', 'possibleTypes', 'inputFields', 'enumValues', 'args', 'directives', 'interfaces']

/** Writes the selections of one operation, with the fragments that they spread. */
export class Selections {
  readonly #random: Random
  readonly #values: Values
  readonly #variables: Variables
  readonly #root: GraphQLObjectType
  readonly #budget: Budget
  readonly #prefix: string
  readonly fragments: { name: string; type: GraphQLObjectType; text: string }[] = []
  #named = 0

  constructor(random: Random, values: Values, variables: Variables, root: GraphQLObjectType, budget: Budget, prefix: string) {
    this.#random = random
    this.#values = values
    this.#variables = variables
    this.#root = root
    this.#budget = budget
    this.#prefix = prefix
  }

  /** `{ … }` of the operation. A subscription has one field (section 5.2.3.1). */
  write(isSubscription: boolean): string {
    const depth = this.#random.pick([3, 4, 5, 6])
    const place = { type: this.#root, depth, keys: new Map(), directed: !isSubscription }
    if (!isSubscription) return this.#set(place)
    return `{ ${this.#fieldOf(place, this.#random.pick(Object.values(this.#root.getFields())))} }`
  }

  #set(place: Place): string {
    const wanted = 1 + this.#random.below(place.type === this.#root ? 3 : 5)
    const items = Array.from({ length: wanted }, () => this.#selection(place)).filter((text) => text !== '')
    return `{ ${items.length > 0 ? items.join(' ') : '__typename'} }`
  }

  #selection(place: Place): string {
    const below = { ...place, depth: place.depth - 1 }
    const fits = place.depth > 1 && this.#budget.fields > 0
    if (fits && this.#random.chance(0.1)) {
      const condition = this.#random.chance(0.7) ? ` on ${place.type.name}` : ''
      return `...${condition}${this.#directives(place)} ${this.#set(below)}`
    }
    if (fits && this.#random.chance(0.12)) return `...${this.#fragment(below)}${this.#directives(place)}`
    return this.#fieldOf(place, this.#random.pick(this.#fields(place)))
  }

  /** The name of a fragment on this type: a new one, or one that was spread before. */
  #fragment(place: Place): string {
    const known = this.fragments.filter(({ type }) => type === place.type)
    if (known.length > 0 && this.#random.chance(0.3)) return this.#random.pick(known).name
    const name = `${this.#random.pick(['F', 'fields', 'query', 'fragment', 'True', '_'])}${this.#prefix}${this.#named++}`
    const text = `fragment ${name} on ${place.type.name} ${this.#set(place)}`
    this.fragments.push({ name, type: place.type, text })
    return name
  }

  #fields({ type, depth }: Place): GraphQLField<unknown, unknown>[] {
    const own: GraphQLField<unknown, unknown>[] = [...Object.values(type.getFields()), TypeNameMetaFieldDef]
    if (type.name === 'Query') own.push(SchemaMetaFieldDef, TypeMetaFieldDef)
    const fitting = own.filter((field) => {
      const growing = type.name.startsWith('__') && GROWING.includes(field.name)
      if (growing && this.#budget.introspected <= 0) return false
      if (field.name === 'events' && this.#budget.events <= 0) return false
      return depth > 1 || !isObjectType(getNamedType(field.type))
    })
    return fitting.length > 0 ? fitting : [TypeNameMetaFieldDef]
  }

  #fieldOf(place: Place, field: GraphQLField<unknown, unknown>): string {
    this.#budget.fields -= 1
    const [key, call, keys] = this.#keyed(place, field)
    const alias = key === field.name ? '' : `${key}: `
    const directives = this.#directives(place)
    const type = getNamedType(field.type)
    if (!isObjectType(type)) return `${alias}${call}${directives}`
    const growing = place.type.name.startsWith('__') && GROWING.includes(field.name)
    if (growing) this.#budget.introspected -= 1
    if (field.name === 'events') this.#budget.events -= 1
    const below = this.#set({ type, depth: place.depth - 1, keys, directed: true })
    return `${alias}${call}${directives} ${below}`
  }

  /** A response key that is free at this place, or one that stands for the same call. */
  #keyed(place: Place, field: GraphQLField<unknown, unknown>): [string, string, Keys] {
    const same = [...place.keys].filter(([, { call }]) => call === field.name || call.startsWith(`${field.name}(`))
    if (same.length > 0 && this.#random.chance(0.5)) {
      const [key, { call, below }] = this.#random.pick(same)
      return [key, call, below]
    }
    const call = `${field.name}${this.#arguments(place.type, field)}`
    const wanted = this.#random.chance(0.75) ? field.name : this.#random.pick(['a', 'b', '_', 'on', 'null', 'true', 'query', 'id2'])
    let key = wanted
    for (let count = 0; place.keys.has(key) && place.keys.get(key)?.call !== call; count++) key = `${wanted}_${count}`
    const below: Keys = place.keys.get(key)?.below ?? new Map<string, never>()
    place.keys.set(key, { call, below })
    return [key, call, below]
  }

  #arguments(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>): string {
    // The two fields that every schema has, `__schema` and `__type`, are of the root query type.
    const given = field.args.filter((argument) => isRequired(argument) || this.#random.chance(0.5))
    if (given.length === 0) return ''
    const texts = this.#random.shuffled(given).map((argument) => {
      const coordinate = `${type.name}.${field.name}(${argument.name}:)`
      return `${argument.name}: ${this.#value(argument, coordinate)}`
    })
    return `(${texts.join(', ')})`
  }

  #value(argument: GraphQLArgument, coordinate: string): string {
    const list = getNullableType(argument.type)
    if (isListType(list) && this.#random.chance(0.15)) {
      const item: GraphQLInputType = list.ofType
      return `[${this.#variables.forPosition(item, false, coordinate)}]`
    }
    if (this.#random.chance(0.45)) {
      return this.#variables.forPosition(argument.type, argument.defaultValue !== undefined, coordinate)
    }
    return this.#values.of(argument.type, coordinate).literal
  }

  #directives(place: Place): string {
    if (!place.directed || !this.#random.chance(0.15)) return ''
    const names = this.#random.chance(0.8) ? [this.#random.pick(['skip', 'include'])] : this.#random.shuffled(['skip', 'include'])
    return names.map((name) => ` @${name}(if: ${this.#condition(name)})`).join('')
  }

  #condition(directive: string): string {
    if (this.#random.chance(0.5)) return `${this.#random.chance(0.5)}`
    return this.#variables.forPosition(CONDITION, false, `@${directive}(if:)`)
  }
}

function isRequired(argument: GraphQLArgument): boolean {
  return isNonNullType(argument.type) && argument.defaultValue === undefined
}
