import react from '@vitejs/plugin-react'
import { defineConfig, loadEnv } from 'vite'

export default defineConfig(({ mode }) => {
  const env = loadEnv(mode, import.meta.dirname)
  const graphql = new URL(env['VITE_GRAPHQL_URL'] ?? 'http://127.0.0.1:4000/graphql').origin
  const auth = new URL(env['VITE_NHOST_AUTH_URL'] ?? 'http://127.0.0.1:4001/v1').origin
  // The packages are linked from this repository, where they have a React of their own; one from npm has none.
  const dedupe = ['react', 'react-dom', '@provider-connections/core']
  return { plugins: [react()], resolve: { dedupe }, preview: { headers: { 'Content-Security-Policy': policy(graphql, auth) } } }
})

/** To be sent with the page by whatever serves it. In an app the providers' APIs come to `connect-src`. */
export function policy(graphql: string, auth: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${graphql} ${graphql.replace(/^http/, 'ws')} ${auth}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
