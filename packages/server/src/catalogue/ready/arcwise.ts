import type { VendorCatalogue } from './vendor-catalogue.js'

const NAME = 'Arcwise'

/**
 * The events that Arcwise's page "Audit logging" lists, which it calls incomplete. The vendor has no types. `add_role` is
 * the name that its table of keys has for what its list calls `create_role`.
 */
export const ARCWISE_CATALOGUE: VendorCatalogue = {
  vendor: 'arcwise',
  groups: [{ name: NAME, description: 'Events of the Arcwise admin panel.' }],
  actions: [
    {
      action: 'reindex_warehouse_all',
      group: NAME,
      description: 'The nightly re-indexing of the warehouse; as a failure when there were errors.',
    },
    {
      action: 'create_warehouse_connection',
      group: NAME,
      description: 'A connection to a warehouse was created.',
    },
    {
      action: 'update_warehouse_connection',
      group: NAME,
      description: 'A connection to a warehouse was updated.',
    },
    { action: 'create_role', group: NAME, description: 'A user was added.' },
    { action: 'add_role', group: NAME, description: 'A user was added; another name of create_role.' },
    { action: 'edit_role', group: NAME, description: "A user's permissions were edited." },
    { action: 'delete_role', group: NAME, description: 'A user was deleted.' },
    { action: 'create_token', group: NAME, description: 'A personal access token was created.' },
    { action: 'delete_token', group: NAME, description: 'A personal access token was deleted.' },
  ],
}
