import { ZonePicker } from '../shell/zone-picker.js'
import { chooseTheme, THEMES, type Theme, useTheme } from '../theme/theme.js'
import { SelectField } from '../ui/field.js'
import { Card } from '../ui/sheet.js'

const NAMES = { system: 'As the system', light: 'Light', dark: 'Dark' } as const

/** How this page looks on this device. */
export function DisplayCard() {
  const theme = useTheme()
  return (
    <Card title="This device" intro="Kept in this browser and nowhere else.">
      <div className="form-row">
        <SelectField
          label="Theme"
          value={theme}
          onChange={(event) => chooseTheme(event.target.value as Theme)}
        >
          {THEMES.map((one) => (
            <option key={one} value={one}>
              {NAMES[one]}
            </option>
          ))}
        </SelectField>
        <div className="field">
          <span className="field-label">Time zone</span>
          <ZonePicker />
        </div>
      </div>
    </Card>
  )
}
