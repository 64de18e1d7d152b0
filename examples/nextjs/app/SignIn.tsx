'use client'

import { leaveFor } from '../lib/browser.ts'
import { nameOf, PROVIDERS } from '../lib/config.ts'

export function SignIn() {
  return PROVIDERS.map((provider) => (
    <button key={provider} onClick={() => void leaveFor(provider)}>
      Sign in with {nameOf(provider)}
    </button>
  ))
}
