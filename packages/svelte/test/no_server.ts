export function render(): never {
  throw new Error('a browser renders nothing for others')
}
