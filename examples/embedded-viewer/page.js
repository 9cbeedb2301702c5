// The viewer asks for a token when it needs one: at first, and when the one it has is about to be refused.
document.querySelector('counterfoil-viewer').fetchToken = async () => {
  const answer = await fetch('/viewer-token', { method: 'POST' })
  if (!answer.ok) throw new Error('There is no viewer token')
  return (await answer.json()).token
}
