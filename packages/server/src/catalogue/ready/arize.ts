import type { VendorCatalogue } from './vendor-catalogue.js'

const NAME = 'Arize'

/**
 * The operations that Arize's reference names as examples. There is no list: an operation's name is whatever the client
 * of its GraphQL API calls it.
 */
export const ARIZE_CATALOGUE: VendorCatalogue = {
  vendor: 'arize',
  groups: [{ name: NAME, description: 'Operations of the GraphQL and REST APIs of Arize AX.' }],
  actions: [
    { action: 'createAiIntegration', group: NAME, description: 'An AI integration was created.' },
    { action: 'getSpans', group: NAME, description: 'Spans were read.' },
  ],
}
