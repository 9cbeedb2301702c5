import type { VendorCatalogue } from './vendor-catalogue.js'

const NAME = 'Arcus'

/** The actions that Arcus' API reference names as examples; its whole vocabulary and types are not published. */
export const ARCUS_CATALOGUE: VendorCatalogue = {
  vendor: 'arcus',
  groups: [{ name: NAME, description: 'Actions of Arcus ERP.' }],
  actions: [
    { action: 'account.created', group: NAME, description: 'An account was created.' },
    { action: 'journal_entry.posted', group: NAME, description: 'A journal entry was posted.' },
    { action: 'order.created', group: NAME, description: 'An order was created.' },
    { action: 'order.fulfilled', group: NAME, description: 'An order was fulfilled.' },
    { action: 'product.updated', group: NAME, description: 'A product was updated.' },
  ],
}
