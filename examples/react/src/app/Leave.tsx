import { type ReactNode, useState } from 'react'

interface Props {
  /** The address, made when the button is clicked. */
  to: () => Promise<string>
  children: ReactNode
}

/** A button that leaves the page for a sign-in. */
export function Leave({ to, children }: Props) {
  const [leaving, setLeaving] = useState(false)
  const [failed, setFailed] = useState(false)
  const leave = async () => {
    setLeaving(true)
    setFailed(false)
    try {
      location.assign(await to())
    } catch {
      setFailed(true)
      setLeaving(false)
    }
  }
  return (
    <>
      <button type="button" disabled={leaving} onClick={() => void leave()}>
        {children}
      </button>
      {failed && (
        <p role="alert" className="problem">
          That did not work. Try again.
        </p>
      )}
    </>
  )
}
