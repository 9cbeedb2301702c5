import type { VendorCatalogue } from './vendor-catalogue.js'

/** The one event that Paradime publishes, in the example of its audit logs API, with its source as the type. */
export const PARADIME_CATALOGUE: VendorCatalogue = {
  vendor: 'paradime',
  groups: [{ name: 'bolt', description: 'Schedules of Paradime Bolt.' }],
  actions: [
    { action: 'schedule_manual_run', group: 'bolt', description: 'A Bolt schedule was run by hand.' },
  ],
}
