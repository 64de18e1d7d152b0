import { theme } from './theme.js'

/** All of the looks. Logical properties alone, so that right-to-left needs nothing of its own. */
export const css = `
${theme}
:host {
  --_radius: var(--pc-radius, 14px);
  --_gap: var(--pc-gap, 1rem);
  display: block;
  container-type: inline-size;
  color: var(--_text);
  font-family: var(--pc-font, inherit);
  line-height: 1.5;
  text-align: start;
}
:host([hidden]), [hidden] { display: none !important; }
*, ::before, ::after { box-sizing: border-box; }
p, ul, ol, dl, dd { margin: 0; padding: 0; }
ul, ol { list-style: none; }
svg { flex: none; inline-size: 1em; block-size: 1em; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }

[part~='board'], [part~='list'] { display: grid; gap: var(--_gap); grid-template-columns: minmax(0, 1fr); }
[part~='list']:focus { outline: none; }
[part~='board'] { position: relative; }
[part~='announcement'] { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

[part~='card'] {
  display: grid;
  gap: calc(var(--_gap) * .75) var(--_gap);
  grid-template-columns: minmax(0, 1fr);
  padding: var(--_gap) calc(var(--_gap) * 1.125);
  background: var(--_surface);
  border: 1px solid var(--_border);
  border-radius: var(--_radius);
  overflow-wrap: anywhere;
}
[part~='header'] { display: flex; align-items: center; gap: .875rem; min-inline-size: 0; }
[part~='title'] { display: flex; flex-wrap: wrap; align-items: center; gap: .125rem .625rem; min-inline-size: 0; }
[part~='name'] { font-size: 1.0625em; font-weight: 620; letter-spacing: -.005em; }
[part~='glyph'] {
  flex: none;
  display: grid;
  place-items: center;
  inline-size: 2.5rem;
  block-size: 2.5rem;
  border-radius: calc(var(--_radius) * .72);
  font-size: .9375rem;
  font-weight: 680;
  color: hsl(var(--_hue) 62% var(--_glyph-text));
  background: hsl(var(--_hue) 46% var(--_glyph-surface));
}
[part~='glyph'] .mark { inline-size: 1.375rem; block-size: 1.375rem; fill: currentColor; stroke: none; }
[part~='account'] { flex-basis: 100%; min-inline-size: 0; font-size: .875em; color: var(--_muted); }
[part~='account'] bdi { display: inline-block; }
[part~='picture'] { flex: none; inline-size: 1.5rem; block-size: 1.5rem; margin-inline-end: -.25rem; border-radius: 999px; overflow: hidden; background: var(--_sunken); }
[part~='picture'] img { display: block; inline-size: 100%; block-size: 100%; object-fit: cover; }
[part~='status'] {
  display: inline-flex;
  align-items: center;
  gap: .375rem;
  padding-block: .1875rem;
  padding-inline: .5rem .625rem;
  border-radius: 999px;
  font-size: .8125em;
  font-weight: 560;
  color: var(--_muted);
  background: var(--_sunken);
  border: 1px solid transparent;
}
[data-tone='good'] [part~='status'] { color: var(--_success); background: var(--_success-surface); }
[data-tone='warn'] [part~='status'] { color: var(--_warning); background: var(--_warning-surface); }
[data-tone='bad'] [part~='status'] { color: var(--_danger); background: var(--_danger-surface); }
[data-tone='busy'] [part~='status'] { color: var(--_accent); }
[data-tone='none'] [part~='status'] { padding: 0; background: none; border: 0; font-weight: 400; }
[data-tone='none'] [part~='status'] svg { display: none; }
[data-signed-in='no'][data-state='not-connected'] [part~='status'] { display: none; }
[data-known='no'] [part~='status'] { visibility: hidden; }

[part~='summary'] { color: var(--_muted); max-inline-size: 70ch; }
p { text-wrap: pretty; }
[part~='confirmation'] p { text-wrap: balance; }
[part~='scopes'] { font-family: ui-monospace, monospace; font-size: .875em; }
p[part~='scopes'] { margin-block-start: calc(var(--_gap) * -.5); }
[part~='facts'] { display: grid; gap: .625rem var(--_gap); grid-template-columns: repeat(auto-fill, minmax(min(100%, 10rem), 1fr)); }
dt { font-size: .8125em; color: var(--_muted); }
dd { font-size: .9375em; }
dd:not([part])::first-letter { text-transform: uppercase; }

[part~='note'], [part~='notice'] {
  padding: .75rem 1rem;
  border-radius: calc(var(--_radius) * .72);
  font-size: .9375em;
  color: var(--_text);
  background: var(--_sunken);
}
[part~='error'] { color: var(--_danger); background: var(--_danger-surface); }
[part~='notice']:has(button) { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .5rem var(--_gap); }
[part~='empty'] { display: grid; gap: .25rem; }
[part~='empty'] p { color: var(--_muted); }
[part~='empty']:not(:has([hidden])) { justify-items: center; padding: calc(var(--_gap) * 2) var(--_gap); text-align: center; border: 1px dashed var(--_control); border-radius: var(--_radius); }
[part~='retry'] { flex: none; color: inherit; border-color: currentColor; min-block-size: 2rem; }
[part~='empty'] [part~='retry'] { margin-block-start: .75rem; }

[part~='actions'] { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
[part~='card'] > [part~='actions']:not(:has(> :not([hidden]))) { display: none; }
button {
  appearance: none;
  flex: 1 1 auto;
  min-block-size: 2.5rem;
  padding: .375rem 1rem;
  font: inherit;
  font-size: .9375em;
  font-weight: 560;
  line-height: 1.3;
  overflow-wrap: break-word;
  max-inline-size: 100%;
  color: var(--_text);
  background: transparent;
  border: 1px solid var(--_control);
  border-radius: calc(var(--_radius) * .64);
  cursor: pointer;
  transition: background-color .15s, border-color .15s, color .15s;
}
button:hover { background: var(--_sunken); border-color: var(--_text); }
:not([data-many]) > li [part~='connect'], [part~='sign-in-again'] { color: var(--_on-accent); background: var(--_accent); border-color: var(--_accent); }
:not([data-many]) > li [part~='connect']:hover, [part~='sign-in-again']:hover { background: color-mix(in srgb, var(--_accent) 88%, var(--_text)); border-color: transparent; }
[part~='confirm'] { color: var(--_surface); background: var(--_danger); border-color: var(--_danger); }
[part~='confirm']:hover { background: color-mix(in srgb, var(--_danger) 88%, var(--_text)); border-color: transparent; }
[part~='disconnect']:hover, [part~='revoke']:hover { color: var(--_danger); border-color: currentColor; background: transparent; }
button[aria-disabled='true'] { cursor: progress; opacity: .62; }
:focus-visible { outline: 3px solid var(--_accent); outline-offset: 2px; }

[part~='confirmation'] {
  display: grid;
  gap: .75rem;
  padding: 1rem;
  border: 1px solid var(--_danger);
  border-radius: calc(var(--_radius) * .72);
  animation: appear .16s ease-out;
}
[part~='confirmation'] p { font-size: .9375em; color: var(--_muted); max-inline-size: 70ch; }

[part~='access'] { display: grid; gap: .5rem; font-size: .9375em; border-block-start: 1px solid var(--_border); padding-block-start: .75rem; }
[part~='access'] strong { font-weight: 560; }
[part~='access'] ul { display: grid; gap: .5rem; grid-template-columns: minmax(0, 1fr); }
[part~='access'] li { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .5rem var(--_gap); }
[part~='access'] li > div:first-child { display: grid; flex: 1 1 12rem; min-inline-size: 0; }
[part~='access'] time { color: var(--_muted); font-size: .9375em; }
[part~='access'] button { flex: none; min-block-size: 2rem; }
[part~='access'] [part~='confirmation'] { flex-basis: 100%; }
[part~='details'] { font-size: .9375em; margin-block: -.25rem -.375rem; }
[part~='details'][open] { margin-block-end: .25rem; }
[part~='facts'] { padding-block: .5rem .75rem; }
[part~='events'] strong { font-weight: 560; }
summary { display: flex; align-items: center; gap: .5rem; inline-size: fit-content; min-block-size: 2rem; padding-inline-end: .5rem; color: var(--_muted); cursor: pointer; border-radius: .375rem; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary::before { content: ''; inline-size: .4em; block-size: .4em; margin-inline: .2em; border-bottom: 2px solid; border-right: 2px solid; rotate: 45deg; translate: 0 -15%; transition: rotate .15s; }
[open] > summary::before { rotate: 225deg; translate: 0 15%; }
summary:hover { color: var(--_text); }
[part~='muted'] { color: var(--_muted); padding-block: .25rem; }
li > time { color: var(--_muted); font-size: .9375em; }
[part~='events'] li { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 var(--_gap); padding-block: .3125rem; }

[part~='skeleton'] { display: grid; gap: .75rem; padding: 1.25rem; border: 1px solid var(--_border); border-radius: var(--_radius); background: var(--_surface); }
[part~='skeleton'] span { block-size: 1rem; inline-size: 70%; border-radius: .375rem; background: var(--_sunken); animation: breathe 1.6s ease-in-out infinite alternate; }
[part~='skeleton'] span:first-child { block-size: 2.5rem; inline-size: 40%; }
[part~='skeleton'] span:last-child { inline-size: 55%; }

[data-tone='busy'] svg { animation: turn .9s linear infinite; }
@keyframes turn { to { rotate: 360deg; } }
@keyframes breathe { to { opacity: .45; } }
@keyframes appear { from { opacity: 0; translate: 0 -4px; } }

@container (max-width: 15rem) {
  [part~='card'] { padding-inline: .75rem; }
  [part~='header'] { flex-wrap: wrap; }
  button { padding-inline: .5rem; }
}
@container (min-width: 26rem) {
  [part~='card'] { grid-template-columns: minmax(min(55%, 14rem), 1fr) auto; align-items: center; }
  [part~='card'] > :not([part~='header'], [part~='actions']) { grid-column: 1 / -1; margin-inline-start: 3.375rem; }
  [part~='card'] > [part~='actions'] { grid-area: 1 / 2; }
  [part~='actions'] { justify-content: flex-end; }
  button { flex: none; }
  [part~='disconnect'] { border-color: transparent; color: var(--_muted); }
  [part~='disconnect']:hover { border-color: currentColor; }
}
@container (min-width: 60rem) {
  [part~='list'] { grid-template-columns: repeat(2, minmax(0, 1fr)); align-items: start; }
}
@media (prefers-reduced-motion: reduce) { *, ::before, ::after { animation: none !important; transition: none !important; } }
@media (forced-colors: active) {
  [part~='status'], [part~='note'], [part~='notice'], [part~='glyph'] { border: 1px solid; }
  button { border-color: ButtonText; }
  button[aria-disabled='true'] { color: GrayText; border-color: GrayText; opacity: 1; }
  :focus-visible { outline-color: Highlight; }
}
`
