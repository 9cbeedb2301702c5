/** What a link that somebody was sent carries behind `#`, where browsers send it to nobody. */
export function linkToken(): string {
  return location.hash.slice(1)
}
