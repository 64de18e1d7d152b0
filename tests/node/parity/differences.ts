import { isObject } from '../hasura/json.ts'
import { type Answer, refused } from './answer.ts'
import type { GatewayName } from './gateways/all.ts'
import type { Query } from './queries/query.ts'

/** A way in which a gateway's answer differs from this server's, and must: another answer fails the test as well. */
export interface Difference {
  readonly gateways: readonly GatewayName[]
  readonly reason: string
  readonly when: (query: Query, direct: Answer) => boolean
  /** The gateway's answer, made of this server's. */
  readonly becomes: (direct: Answer) => Answer
  /** The connections that a change leaves; without it, the same as this server's. */
  readonly leaves?: unknown
}

/** The stand-ins for the engines that read the Hasura metadata. They call this server as a service. */
export const ENGINES: readonly GatewayName[] = ['hasura', 'constellation']

/** The first that holds counts. */
export const DIFFERENCES: readonly Difference[] = [
  {
    gateways: ENGINES,
    reason: 'the engine verifies the JWT itself, and lets nobody in without one, unless it has a role for them',
    when: ({ as }) => as === 'nobody',
    becomes: () => only('invalid-headers'),
  },
  {
    gateways: ENGINES,
    reason: 'the engine verifies the JWT itself',
    when: ({ as }) => as === 'a forger',
    becomes: () => only('invalid-jwt'),
  },
  {
    gateways: ENGINES,
    reason: 'the role has no argument `userId`, because its permission presets it, and no import, which is for services',
    when: (_, direct) => direct.errors.some(({ code }) => code === 'FORBIDDEN'),
    becomes: () => only('validation-failed'),
  },
  {
    gateways: ENGINES,
    reason: 'the engine refuses a request under a code of its own',
    when: (_, direct) => refused(direct),
    becomes: () => only('validation-failed'),
  },
  {
    gateways: ENGINES,
    reason: 'the root type has the name of the merged schema',
    when: (query) => query.query.startsWith('{ __typename'),
    becomes: ({ data, errors }) => ({ data: isObject(data) ? { ...data, __typename: 'query_root' } : data, errors }),
  },
  {
    gateways: ENGINES,
    reason: 'the SDL of a permission has no descriptions',
    when: ({ query }) => query.includes('__type('),
    becomes: ({ data, errors }) => ({ data: undescribed(data), errors }),
  },
  {
    gateways: ['hasura'],
    reason: 'errors come without the data beside them',
    when: (_, { data, errors }) => data !== null && errors.length > 0,
    becomes: ({ errors }) => ({ data: null, errors }),
  },
  {
    gateways: ['constellation'],
    reason: 'a request goes out for each root field, so that one that fails is null alone, and those after it run',
    when: ({ name }) => name === 'several mutations, of which the second fails',
    becomes: ({ errors }) => ({ data: { good: { provider: 'google' }, bad: null, after: { provider: 'github' } }, errors }),
    leaves: { data: { providerConnections: [] } },
  },
  {
    gateways: ['constellation'],
    reason: 'a root field that fails is null, although its type forbids it',
    when: (_, { data, errors }) => data === null && errors.length === 1,
    becomes: ({ errors }) => ({ data: Object.fromEntries(errors.map(({ path }) => [String(path), null])), errors }),
  },
  {
    gateways: ['stitch', 'mesh'],
    reason: 'a value written into the query is sent as a variable, so that this server refuses it in the field, not the query',
    when: ({ name }) => name === 'a user id that is no UUID',
    becomes: () => ({
      data: null,
      errors: [
        {
          code: 'BAD_USER_INPUT',
          path: ['providerConnections'],
          message: 'Variable "$userId" of type "uuid" got a value that has the wrong type.',
          extensions: {},
        },
      ],
    }),
  },
  {
    gateways: ['stitch'],
    reason: 'graphql-js, which is the whole of this gateway, has no codes',
    when: (_, direct) => refused(direct),
    becomes: () => only(undefined),
  },
  {
    gateways: ['mesh'],
    reason: 'variables are coerced by graphql-js, which has no codes',
    when: (_, direct) => refused(direct) && direct.errors[0]?.code === 'BAD_USER_INPUT',
    becomes: () => only(undefined),
  },
]

/** The request was refused, under this code. */
function only(code: string | undefined): Answer {
  return { data: null, errors: [{ code }] }
}

function undescribed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(undescribed)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, key === 'description' ? null : undescribed(inner)]))
}
