/** Our mark: a counterfoil, torn at its perforation. */
export function Brand() {
  return (
    <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#1f5f5b" />
      <path d="M8 9.5h16v13H8z" fill="none" stroke="#fff" strokeWidth="2" strokeLinejoin="round" />
      <path d="M13 9.5v13" stroke="#fff" strokeWidth="2" strokeDasharray="2 2.2" />
      <path
        d="M16.5 16.2l2 2 3.200-4"
        fill="none"
        stroke="#8fe3c9"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  )
}
