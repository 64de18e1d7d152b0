/*! @provider-connections/svelte. MIT OR Apache-2.0. Generated from packages/svelte/src. */

// src/index.ts
import { getContext, setContext } from "svelte";
import { createSubscriber } from "svelte/reactivity";
export * from "@provider-connections/core";
var CLIENT = /* @__PURE__ */ Symbol.for("@provider-connections/svelte");
function setProviderConnections(client) {
  setContext(CLIENT, client);
}
function useProviderConnectionsClient() {
  const client = getContext(CLIENT);
  if (client === void 0) throw new Error("@provider-connections/svelte needs setProviderConnections(client) in a component above.");
  return client;
}
function useProviderConnections() {
  const { list, connect, refresh, disconnect, signInUrl } = useProviderConnectionsClient();
  const read = reader(() => list);
  return {
    get connections() {
      return read().connections;
    },
    get loading() {
      return read().loading;
    },
    get error() {
      return read().error;
    },
    get live() {
      return read().live;
    },
    refetch: list.refetch,
    connect,
    refresh,
    disconnect,
    signInUrl
  };
}
function useProviderToken(provider) {
  const client = useProviderConnectionsClient();
  const keeper = () => client.token(typeof provider === "function" ? provider() : provider);
  const read = reader(keeper);
  return {
    get accessToken() {
      return read().accessToken;
    },
    get expiresAt() {
      return read().expiresAt;
    },
    get loading() {
      return read().loading;
    },
    get error() {
      return read().error;
    },
    getToken: (options) => keeper().getToken(options),
    refetch: () => keeper().refetch()
  };
}
function reader(store) {
  const subscribers = /* @__PURE__ */ new Map();
  return () => {
    const now = store();
    const subscribe = subscribers.get(now) ?? createSubscriber((update) => now.subscribe(update));
    subscribers.set(now, subscribe);
    subscribe();
    return globalThis.window === void 0 ? now.serverSnapshot() : now.snapshot();
  };
}
export {
  setProviderConnections,
  useProviderConnections,
  useProviderConnectionsClient,
  useProviderToken
};
