import { ProviderConnectionsElement } from './element.js';
import { beginSignIn } from './round-trip.js';
import { handleReturn } from './round-trip.js';
import { takeRefreshToken } from './round-trip.js';
export { ProviderConnectionsElement, beginSignIn, handleReturn, takeRefreshToken };
