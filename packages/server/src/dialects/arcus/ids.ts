const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const ACTIVITY_ID = /^act_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/

/** The entry that an id means: a lower-case UUID, or `act_` and its 32 hex digits; undefined for anything else. */
export function toEntryId(id: string): string | undefined {
  if (UUID.test(id)) return id
  const parts = ACTIVITY_ID.exec(id)
  return parts === null ? undefined : parts.slice(1).join('-')
}

/** The id of an entry as the activity API gives it. */
export function toActivityId(entryId: string): string {
  return `act_${entryId.replaceAll('-', '')}`
}
