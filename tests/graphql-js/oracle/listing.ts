import { GraphQLBoolean, GraphQLEnumType, GraphQLFloat, GraphQLNonNull, GraphQLObjectType, type GraphQLSchema, GraphQLString, isSpecifiedScalarType } from 'graphql'

import { list, member, text } from '../json.ts'
import type { User, World } from '../server/world.ts'

/** graphql-js is ahead of the specification of September 2025: directives can be deprecated. */
const AHEAD = ['__Directive.isDeprecated', '__Directive.deprecationReason', '__DirectiveLocation.DIRECTIVE_DEFINITION', '__Schema.directives(includeDeprecated:)']

const LISTING = `{ __schema {
  description
  types {
    name description
    fields(includeDeprecated: true) { name description args { name description } }
    enumValues(includeDeprecated: true) { name description }
  }
  directives { name description locations args { name description } }
} }`

/**
 * Introspection lists types and directives in any order, and describes those that every schema has
 * in any words: in the server's, from here on.
 */
export async function listAsTheServer(world: World, user: User, schema: GraphQLSchema): Promise<void> {
  const listing = member(await world.ask(user, LISTING), '__schema')
  const types = list(listing, 'types')
  for (const type of Object.values(schema.getTypeMap())) {
    const theirs = named(types, type.name)
    if (!type.name.startsWith('__') && !isSpecifiedScalarType(type)) continue
    describe(type, theirs)
    if (type instanceof GraphQLObjectType) fieldsAs(type, theirs)
    if (type instanceof GraphQLEnumType) valuesAs(type, theirs)
  }
  // Where graphql-js 16 is behind: these are `Boolean! = false` (section 4.1).
  for (const type of Object.values(schema.getTypeMap())) {
    if (!(type instanceof GraphQLObjectType) || !type.name.startsWith('__')) continue
    for (const { args } of Object.values(type.getFields())) {
      for (const argument of args) if (argument.name === 'includeDeprecated') argument.type = new GraphQLNonNull(GraphQLBoolean)
    }
  }
  // async-graphql lists Float, and describes every schema, whether it is so or not.
  const root = schema.getType('__Schema')
  if (root instanceof GraphQLObjectType) for (const field of Object.values(root.getFields())) if (field.name === 'description') field.type = new GraphQLNonNull(GraphQLString)
  const description = member(listing, 'description')
  schema.description = typeof description === 'string' ? description : null
  const listed = named(types, 'Float') === undefined ? schema.getTypeMap() : { ...schema.getTypeMap(), Float: GraphQLFloat }
  describe(GraphQLFloat, named(types, 'Float'))
  const map = Object.fromEntries(Object.entries(listed).sort(by(types, ([name]) => name)))
  schema.getTypeMap = () => map
  const directives = [...schema.getDirectives()].sort(by(list(listing, 'directives'), ({ name }) => name))
  for (const directive of directives) {
    const theirs = named(list(listing, 'directives'), directive.name)
    describe(directive, theirs)
    directive.locations = directive.locations.filter((location) => !AHEAD.includes(`__DirectiveLocation.${location}`))
    for (const argument of directive.args) describe(argument, named(listOr(theirs, 'args'), argument.name))
  }
  schema.getDirectives = () => directives
}

function fieldsAs(type: GraphQLObjectType, theirs: unknown): void {
  const known = listOr(theirs, 'fields')
  const fields = type.getFields()
  const sorted = Object.values(fields).sort(by(known, ({ name }) => name))
  for (const field of sorted) {
    delete fields[field.name]
    if (AHEAD.includes(`${type.name}.${field.name}`)) continue
    const their = named(known, field.name)
    describe(field, their)
    field.args = field.args.filter(({ name }) => !AHEAD.includes(`${type.name}.${field.name}(${name}:)`))
    for (const argument of field.args) describe(argument, named(listOr(their, 'args'), argument.name))
    fields[field.name] = field
  }
}

function valuesAs(type: GraphQLEnumType, theirs: unknown): void {
  const known = listOr(theirs, 'enumValues')
  const values = type.getValues().filter(({ name }) => !AHEAD.includes(`${type.name}.${name}`)).sort(by(known, ({ name }) => name))
  for (const value of values) describe(value, named(known, value.name))
  type.getValues = () => values
}

function describe(ours: { description?: string | null | undefined }, theirs: unknown): void {
  const description = member(theirs, 'description')
  ours.description = typeof description === 'string' ? description : null
}

function by<Item>(listed: unknown[], name: (item: Item) => string) {
  const names = listed.map((one) => text(one, 'name'))
  const rank = (item: Item) => (names.includes(name(item)) ? names.indexOf(name(item)) : names.length)
  return (one: Item, other: Item) => rank(one) - rank(other)
}

function named(listed: unknown[], name: string): unknown {
  return listed.find((one) => member(one, 'name') === name)
}

function listOr(value: unknown, name: string): unknown[] {
  const found = member(value, name)
  return Array.isArray(found) ? found : []
}
