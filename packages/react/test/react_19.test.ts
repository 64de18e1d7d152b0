import { tell } from './tell.ts'

await tell('react')
