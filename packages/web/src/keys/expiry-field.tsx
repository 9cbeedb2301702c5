import { SelectField } from '../ui/field.js'

const DAY_MS = 86_400_000

/** When a key or token ends. */
export function ExpiryField() {
  return (
    <SelectField label="Ends" name="expiry" defaultValue="90">
      <option value="7">In 7 days</option>
      <option value="30">In 30 days</option>
      <option value="90">In 90 days</option>
      <option value="365">In a year</option>
      <option value="">Never</option>
    </SelectField>
  )
}

/** What was chosen there as a time; undefined for never. */
export function readExpiry(fields: FormData): string | undefined {
  const days = Number(fields.get('expiry'))
  return days > 0 ? new Date(Date.now() + days * DAY_MS).toISOString() : undefined
}
