/**
 * An address of the web, `http` or `https`; null where it is none.
 * @param {string | null} address
 * @param {string} [base]
 * @returns {URL | null}
 */
export function webAddress(address: string | null, base?: string): URL | null;
