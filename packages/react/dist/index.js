'use client'
/*! @provider-connections/react. MIT OR Apache-2.0. Generated from packages/react/src. */

// src/index.ts
import { createContext, createElement, useContext, useSyncExternalStore } from "react";
import {
  AccountMismatchError,
  AccountUnverifiedError,
  BadRequestError,
  BadUserInputError,
  beginSignIn,
  callApi,
  CallError,
  createProviderConnections,
  documents,
  endsSoon,
  errorClasses,
  Failure,
  ForbiddenError,
  GraphQLParseError,
  GraphQLValidationError,
  ImportRefusedError,
  InsufficientScopeError,
  InternalError,
  isProvider,
  MethodNotAllowedError,
  MisdirectedRequestError,
  needsUser,
  nhostSession,
  NotConnectedError,
  NotFoundError,
  NotRefreshableError,
  OfflineError,
  OperatorError,
  PayloadTooLargeError,
  PersistedQueryNotFoundError,
  PersistedQueryNotSupportedError,
  ProviderConnections,
  ProviderConnectionsError,
  ProviderNotEnabledError,
  ProviderSessionNotFoundError,
  QueryTooComplexError,
  RateLimitedError,
  ReauthenticationRequiredError,
  RetryLaterError,
  ScopeNotConfiguredError,
  SignInAgainError,
  takeSignIn,
  TokenUnreadableError,
  UnauthenticatedError,
  UnsupportedMediaTypeError,
  UpstreamUnavailableError,
  UserChangedError
} from "@provider-connections/core";
var Client = createContext(null);
var ProviderConnectionsProvider = ({ client, children }) => createElement(Client.Provider, { value: client }, children);
function useProviderConnectionsClient() {
  const client = useContext(Client);
  if (client === null) throw new Error("The hooks of @provider-connections/react need a ProviderConnectionsProvider above them.");
  return client;
}
function useProviderConnections(options = {}) {
  const { list, connect, refresh, disconnect, signInUrl } = useProviderConnectionsClient();
  return { ...useStore(list, options), refetch: list.refetch, connect, refresh, disconnect, signInUrl };
}
function useProviderToken(provider, options = {}) {
  const keeper = useProviderConnectionsClient().token(provider);
  return { ...useStore(keeper, options), getToken: keeper.getToken, refetch: keeper.refetch };
}
function useStore(store, { suspense = false }) {
  const hydrated = useSyncExternalStore(never, isHydrated, isServed);
  const state = useSyncExternalStore(store.subscribe, store.snapshot, store.serverSnapshot);
  if (suspense && hydrated && state.loading) throw store.loaded();
  return state;
}
var never = () => () => void 0;
var isHydrated = () => true;
var isServed = () => false;
export {
  AccountMismatchError,
  AccountUnverifiedError,
  BadRequestError,
  BadUserInputError,
  CallError,
  Failure,
  ForbiddenError,
  GraphQLParseError,
  GraphQLValidationError,
  ImportRefusedError,
  InsufficientScopeError,
  InternalError,
  MethodNotAllowedError,
  MisdirectedRequestError,
  NotConnectedError,
  NotFoundError,
  NotRefreshableError,
  OfflineError,
  OperatorError,
  PayloadTooLargeError,
  PersistedQueryNotFoundError,
  PersistedQueryNotSupportedError,
  ProviderConnections,
  ProviderConnectionsError,
  ProviderConnectionsProvider,
  ProviderNotEnabledError,
  ProviderSessionNotFoundError,
  QueryTooComplexError,
  RateLimitedError,
  ReauthenticationRequiredError,
  RetryLaterError,
  ScopeNotConfiguredError,
  SignInAgainError,
  TokenUnreadableError,
  UnauthenticatedError,
  UnsupportedMediaTypeError,
  UpstreamUnavailableError,
  UserChangedError,
  beginSignIn,
  callApi,
  createProviderConnections,
  documents,
  endsSoon,
  errorClasses,
  isProvider,
  needsUser,
  nhostSession,
  takeSignIn,
  useProviderConnections,
  useProviderConnectionsClient,
  useProviderToken
};
