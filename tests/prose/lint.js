/**
 * node lint.js [--warnings] FILE…: looks for the phrases of phrases.js, and in German strings for those of german.js. Exits
 * with 1 where one is found that is wrong.
 */
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { TextlintKernel } from '@textlint/kernel'
import markdown from '@textlint/textlint-plugin-markdown'
import pattern from '@textlint-rule/textlint-rule-pattern'
import sentenceLength from 'textlint-rule-sentence-length'
import { wrong as german } from './german.js'
import { doubtful, wrong } from './phrases.js'
import source, { GERMAN } from './source.js'

/** In characters: about 35 words. A sentence that is longer is two. */
const LONGEST_SENTENCE = 220

// A module of CommonJS has its default in a default.
const own = (module) => module.default ?? module

/** A gap goes over a line break: with the marks of a comment in source code, and Rust's `\` in a string. */
const GAP = '(?:\\s|\\\\\\n|\\/\\/[/!]?|^>)+'

function patterns(phrases, extension) {
  const here = phrases.filter(({ inDocuments }) => !inDocuments || extension === '.md')
  return here.map(({ avoid, instead, exact, bare }) => {
    const expression = (bare ? avoid : `(?<![\\w-])(?:${avoid})(?![\\w-])`).replaceAll(' ', GAP)
    return { pattern: `/${expression}/${exact ? '' : 'i'}`, message: `write: ${instead}` }
  })
}

const rules = (extension) => [
  { ruleId: 'wrong', rule: own(pattern), options: { patterns: patterns(extension === GERMAN ? german : wrong, extension) } },
  ...(extension === GERMAN ? [] : [{ ruleId: 'doubtful', rule: own(pattern), options: { patterns: patterns(doubtful, extension), severity: 'warning' } }]),
  ...(['.md', '.graphql'].includes(extension)
    ? [{ ruleId: 'sentence', rule: own(sentenceLength), options: { max: LONGEST_SENTENCE, severity: 'warning' } }]
    : []),
]

const plugins = [
  { pluginId: 'markdown', plugin: own(markdown) },
  { pluginId: 'source', plugin: source },
]

const ERROR = 2

async function findings(file) {
  const text = await readFile(file, 'utf8')
  const extensions = [extname(file), ...(extname(file) === '.js' ? [GERMAN] : [])]
  const found = []
  for (const ext of extensions) found.push(...(await new TextlintKernel().lintText(text, { ext, filePath: file, rules: rules(ext), plugins })).messages)
  return found.map(({ line, column, range, message, severity, ruleId }) => ({
    line,
    column,
    isWrong: severity === ERROR,
    found: ruleId === 'sentence' ? `${text.slice(...range).slice(0, 60)}…` : text.slice(...range).replace(new RegExp(GAP, 'g'), ' '),
    advice: ruleId === 'sentence' ? `a sentence of more than ${LONGEST_SENTENCE} characters: make it two` : message,
  }))
}

const files = process.argv.slice(2).filter((argument) => argument !== '--warnings')
const withWarnings = process.argv.includes('--warnings')
let mistakes = 0
let warnings = 0
for (const file of files) {
  for (const { line, column, isWrong, found, advice } of await findings(file)) {
    if (isWrong) mistakes += 1
    else warnings += 1
    if (isWrong || withWarnings) console.log(`${isWrong ? 'WRONG' : 'doubtful'} ${file}:${line}:${column} "${found.trim()}": ${advice}`)
  }
}
console.log(`${files.length} files read: ${mistakes} phrases to change, ${warnings} doubtful ones${withWarnings ? '' : ' (--warnings lists them)'}`)
process.exitCode = mistakes ? 1 : 0
