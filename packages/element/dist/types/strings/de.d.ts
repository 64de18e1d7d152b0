/** @import { Strings } from './index.js' */
/**
 * German.
 * @type {Strings}
 */
export const de: Strings;
import type { Strings } from './index.js';
