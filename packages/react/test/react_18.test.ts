import { tell } from './tell.ts'

await tell('test/react-18')
