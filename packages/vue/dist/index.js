/*! @provider-connections/vue. MIT OR Apache-2.0. Generated from packages/vue/src. */

// src/index.ts
import {
  computed,
  getCurrentInstance,
  inject,
  onMounted,
  onScopeDispose,
  provide,
  shallowRef,
  toValue,
  watch
} from "vue";
export * from "@provider-connections/core";
var CLIENT = /* @__PURE__ */ Symbol("@provider-connections/vue");
function providerConnectionsPlugin(client) {
  return { install: (app) => void app.provide(CLIENT, client) };
}
function provideProviderConnections(client) {
  provide(CLIENT, client);
}
function useProviderConnectionsClient() {
  const client = inject(CLIENT, null);
  if (client === null) throw new Error("The composables of @provider-connections/vue need app.use(providerConnectionsPlugin(client)).");
  return client;
}
function useProviderConnections() {
  const { list, connect, refresh, disconnect, signInUrl } = useProviderConnectionsClient();
  const state = useStore(() => list);
  return {
    connections: computed(() => state.value.connections),
    loading: computed(() => state.value.loading),
    error: computed(() => state.value.error),
    live: computed(() => state.value.live),
    refetch: list.refetch,
    connect,
    refresh,
    disconnect,
    signInUrl
  };
}
function useProviderToken(provider) {
  const client = useProviderConnectionsClient();
  const keeper = () => client.token(toValue(provider));
  const state = useStore(keeper);
  return {
    accessToken: computed(() => state.value.accessToken),
    expiresAt: computed(() => state.value.expiresAt),
    loading: computed(() => state.value.loading),
    error: computed(() => state.value.error),
    getToken: (options) => keeper().getToken(options),
    refetch: () => keeper().refetch()
  };
}
function useStore(store) {
  const state = shallowRef(store().serverSnapshot());
  let unsubscribe = () => {
  };
  const follow = (now) => {
    unsubscribe();
    unsubscribe = now.subscribe(() => state.value = now.snapshot());
    state.value = now.snapshot();
  };
  const start = () => void watch(store, follow, { immediate: true, flush: "sync" });
  if (getCurrentInstance() !== null) onMounted(start);
  else if (globalThis.window !== void 0) start();
  onScopeDispose(() => unsubscribe());
  return computed(() => state.value);
}
export {
  provideProviderConnections,
  providerConnectionsPlugin,
  useProviderConnections,
  useProviderConnectionsClient,
  useProviderToken
};
