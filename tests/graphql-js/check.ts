import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'

import { Comparison, mutates } from './compare/comparison.ts'
import { compareEffects } from './compare/effects.ts'
import { Tally } from './compare/tally.ts'
import { schemaOf } from './oracle/schema.ts'
import { World } from './server/world.ts'

/** Documents at once. */
const WIDTH = 8
/** So many documents break every rule, and show every explained difference. */
const MANY = 5000
/** Past this many findings there is nothing more to learn. */
const ENOUGH = 20

const { values } = parseArgs({ options: { documents: { type: 'string', default: '6000' }, seed: { type: 'string', default: '12' } } })
const documents = Number(values.documents)
const seed = Number(values.seed)
if (!Number.isSafeInteger(documents) || documents < 1 || !Number.isSafeInteger(seed)) {
  console.error('--documents and --seed are whole numbers.')
  process.exit(2)
}

const started = performance.now()
const tally = new Tally()
const world = await World.start()
try {
  const schema = schemaOf(await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8'))
  let comparison = await Comparison.start(world, schema, '0')
  for (let from = 0; from < documents && tally.findings.length < ENOUGH; from += WIDTH) {
    const requests = Array.from({ length: Math.min(WIDTH, documents - from) }, (_, at) => comparison.request(seed, from + at))
    await Promise.all(requests.filter((request) => !mutates(request)).map((request) => comparison.compare(request, tally)))
    for (const request of requests.filter(mutates)) {
      if (!(await comparison.compare(request, tally))) comparison = await Comparison.start(world, schema, `${from}`)
    }
  }
  await compareEffects(world, schema, seed, Math.ceil(documents / 60), tally)
} finally {
  await world.stop()
}
console.log(tally.report())
console.log(`seed ${seed}, ${Math.round((performance.now() - started) / 1000)} s`)
const unproven = documents < MANY ? [] : [...tally.untouched.map((rule) => `no document breaks ${rule}`), ...tally.stale.map((reason) => `nothing differs any more: ${reason}`)]
for (const line of unproven) console.log(line)
process.exitCode = tally.findings.length + unproven.length > 0 ? 1 : 0
