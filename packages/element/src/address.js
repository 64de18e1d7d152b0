/**
 * An address of the web, `http` or `https`; null where it is none.
 * @param {string | null} address
 * @param {string} [base]
 * @returns {URL | null}
 */
export function webAddress(address, base) {
  try {
    const url = new URL(address ?? '', base)
    return /^https?:$/.test(url.protocol) ? url : null
  } catch {
    return null
  }
}
