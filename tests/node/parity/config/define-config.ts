import type { GatewayConfig } from '@graphql-hive/gateway-runtime'

/**
 * Takes the place of the package of Hive Gateway's command line (tsconfig.json), which is half a gigabyte of caches,
 * exporters and plug-ins. Its function only gives the configuration a type, and its command passes it to the runtime, which
 * the tests do.
 */
export function defineConfig(config: GatewayConfig): GatewayConfig {
  return config
}
