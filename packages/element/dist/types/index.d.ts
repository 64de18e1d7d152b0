export { ProviderConnectionsElement };
import { ProviderConnectionsElement } from './element.js';
