/** `setTimeout` that keeps no process alive: Node would wait for it. */
export function later(work: () => void, milliseconds: number): ReturnType<typeof setTimeout> {
  const timer = setTimeout(work, milliseconds)
  unref(timer)
  return timer
}

function unref(timer: number | { unref?: () => void }): void {
  if (typeof timer === 'object') timer.unref?.()
}
