/**
 * What to write otherwise in German, as in phrases.js. A space is any gap. Only the strings of a language column `de: '…'`
 * are read, as they are written in the source: `\u00a0` is a no-break space.
 */
const END = 'ä-üÄ-Üß'

export const wrong = [
  // One form of address: du, as the apps that people sign in to with these providers have it.
  { avoid: '(?:Sie|Ihnen|Ihr|Ihre|Ihren|Ihrem|Ihrer|Ihres)', instead: 'du, dir, dein: one form of address', exact: true },
  { avoid: '(?<=[a-zäöüß,] )(?:Du|Dir|Dich|Dein(?:e[nmrs]?)?)', instead: 'du, dir, dein in lower case within a sentence', exact: true },

  // Typography.
  { avoid: '"|”|«|»', instead: '„ and “', bare: true },
  { avoid: "\\\\'|'", instead: '’', bare: true },
  { avoid: '\\.\\.\\.', instead: '…', bare: true },
  { avoid: '(?<!\\\\u00a0)…', instead: '\\u00a0…, so that the dots stay with their word', bare: true },
  { avoid: '[^\\s] -+ ', instead: '–', bare: true },
  { avoid: '(?:daß|muß|mußt|läßt|umfaßt|verläßt)', instead: 'ss: dass, muss, lässt' },
  { avoid: '(?:Access|Refresh|OAuth|ID|API) (?:Token|Schlüssel)|E-?Mail Adresse|Web ?Seite', instead: 'a hyphen, or one word: Refresh-Token, E-Mail-Adresse, Website' },

  // English that was left.
  {
    avoid:
      '(?:the|your?|with|and|please|is|are|to|of|from|for|sign|signed|log|connect(?:ed|ing|ion)?|disconnect(?:ed)?|refresh(?:ed|ing)?|retry|again|access|settings|loading|expires?|granted|failed|account|provider|user|scopes?)(?!\\})',
    instead: 'German',
  },
  { avoid: '(?:ein|aus)?(?:ge)?logg?(?:t|en)|Login|Logout', instead: 'anmelden, abmelden, Anmeldung' },
  { avoid: '(?:ge)?(?:refresh|connect|cancel|check|revok|grant)(?:t|en|ed)', instead: 'erneuern, verbinden, abbrechen, prüfen, entziehen, erlauben' },

  // Officialese.
  { avoid: '(?:erfolgt|erfolgte|erfolgen)', instead: 'a verb that says what happens' },
  { avoid: '(?:durchgeführt|durchführen|durchzuführen|vorgenommen|vornehmen|vorzunehmen)', instead: 'the verb itself' },
  { avoid: '(?:seitens|mittels|bezüglich|hinsichtlich|diesbezüglich|zwecks|gemäß|anhand|etwaige[nmrs]?|jeweilige[nmrs]?|entsprechende[nmrs]?)', instead: 'a plain word, or nothing' },
  { avoid: '(?:jene[nmrs]?|desselben|derselben|derjenige|diejenige|dasjenige|selbige[nmrs]?)', instead: 'dieser, er, damit' },
  { avoid: '(?:gegebenenfalls|ggf\\.|bzw\\.|z\\. ?B\\.|d\\. ?h\\.|usw\\.|etc\\.)', instead: 'the word in full, or nothing', bare: true },
  { avoid: 'aufgrund der Tatsache', instead: 'weil' },
  { avoid: 'in der Lage', instead: 'können' },
  { avoid: '(?:man|einem selbst)', instead: 'du' },
  { avoid: 'Bitte', instead: 'nothing: an instruction is polite without', exact: true },
  { avoid: '(?:wurde|wird|werden|wurden) (?:es|er|sie) ermöglicht|ermöglicht es', instead: 'können' },

  // A participle with all that belongs to it before its noun: "die bei Google gespeicherten Daten".
  {
    avoid: `(?:der|die|das|den|dem|des|eine[nmrs]?|ein|deine[nmrs]?|dein) (?:von|vom|durch|mit|bei|beim|auf|in|im|für|zum|zur|aus|an|am|über) [^.,;:?!]{1,60}?[a-z${END}]+(?:ten|te|ter|tes|tem|ene|enen|ener|enes|enem|ende|enden|ender|endes|endem) [A-ZÄÖÜ]`,
    instead: 'a clause: die Daten, die bei Google liegen',
    exact: true,
    bare: true,
  },
]
