import type { Random } from '../random.ts'
import type { Request } from '../request.ts'

const MUTATIONS = ['connectProvider', 'refreshProviderToken', 'disconnectProvider', 'grantProviderAccess', 'revokeProviderAccess'] as const

/** The app that access is granted to, and revoked from. */
export const APP = 'agent-1'

/** A mutation that does something to the user's connection with Google, or would if it were not skipped. */
export type Effect = { readonly mutation: (typeof MUTATIONS)[number]; readonly request: Request }

/** The same field once or several times: merged, under aliases, in fragments, skipped by what is or isn't given. */
export function effect(random: Random): Effect {
  const mutation = random.pick(MUTATIONS)
  const definitions: string[] = []
  const variables = new Map<string, string>()
  let provider = 'google'
  if (random.chance(0.5)) {
    provider = '$provider'
    const initial = random.chance(0.5)
    definitions.push(`$provider: OAuthProvider!${initial ? ' = google' : ''}`)
    if (!initial || random.chance(0.3)) variables.set('provider', '"google"')
  }
  const grants = mutation === 'grantProviderAccess' || mutation === 'revokeProviderAccess'
  const call = `${mutation}(${grants ? `clientId: "${APP}", ` : ''}provider: ${provider})`
  const fields = grants ? ['clientId', 'userId', 'provider', '__typename', '... { grantedAt }'] : ['id', 'userId', 'provider', '__typename', '... { id }']
  const fragments: string[] = []
  const item = () => {
    const selected = random.shuffled(fields).slice(0, 1 + random.below(3))
    const alias = random.chance(0.2) ? random.pick(['a: ', 'b: ']) : ''
    const field = `${alias}${call}${condition(random, definitions, variables)} { ${selected.join(' ')} }`
    const wrapped = condition(random, definitions, variables)
    switch (random.below(5)) {
      case 0:
        return `... on Mutation${wrapped} { ${field} }`
      case 1:
        return `...${wrapped} { ... { ${field} } }`
      case 2:
        fragments.push(`fragment F${fragments.length} on Mutation { ${field} }`)
        return `...F${fragments.length - 1}${wrapped}`
      default:
        return field
    }
  }
  const items = Array.from({ length: 1 + random.below(3) }, item)
  const head = definitions.length > 0 ? `(${definitions.join(', ')})` : ''
  const query = [`mutation Effect${head} { ${items.join(' ')} }`, ...fragments].join('\n')
  return { mutation, request: { query, variables, caller: 'watcher', strict: random.chance(0.5) } }
}

function condition(random: Random, definitions: string[], variables: Map<string, string>): string {
  if (!random.chance(0.3)) return ''
  const directive = random.pick(['skip', 'include'])
  if (random.chance(0.3)) return ` @${directive}(if: ${random.chance(0.5)})`
  const name = `if${definitions.length}`
  const initial = random.chance(0.7)
  definitions.push(`$${name}: Boolean${initial ? ` = ${random.chance(0.5)}` : '!'}`)
  if (!initial || random.chance(0.2)) variables.set(name, `${random.chance(0.5)}`)
  return ` @${directive}(if: $${name})`
}
