/** @import { Words } from '../words.js' */
/** @import { ConnectionEvent } from '../types.js' */
import { h, setAttribute, setText, show } from './dom.js'

/** What happened lately. */
export class Events {
  #title = h('strong')
  #none = h('p', { part: 'muted' })
  #list = h('ol')
  element = h('div', { part: 'events' }, this.#title, this.#none, this.#list)

  /**
   * @param {ConnectionEvent[] | null} events Null: not known yet.
   * @param {Words} words
   */
  update(events, words) {
    setText(this.#title, words.say('events'))
    setText(this.#none, words.say(events === null ? 'eventsLoading' : 'eventsNone'))
    show(this.#none, events === null || events.length === 0)
    const lines = events ?? []
    while (this.#list.children.length > lines.length) this.#list.lastElementChild?.remove()
    while (this.#list.children.length < lines.length) this.#list.append(h('li', {}, h('span'), h('time')))
    for (const [at, event] of lines.entries()) line(this.#list.children[at], event, words)
  }
}

/**
 * @param {Element | undefined} item
 * @param {ConnectionEvent} event
 * @param {Words} words
 */
function line(item, event, words) {
  const [what, when] = item?.children ?? []
  if (what === undefined || when === undefined) return
  const name = words.event(event.kind)
  setText(what, event.times > 1 ? words.say('eventTimes', { what: name, times: String(event.times) }) : name)
  setText(when, words.say('usedBy', { when: words.when(event.at), actor: words.actor(event.actor) }))
  setAttribute(when, 'datetime', new Date(event.at).toISOString())
  setAttribute(when, 'title', words.exactly(event.at))
}
