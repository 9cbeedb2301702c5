import { ARCUS_CATALOGUE } from './arcus.js'
import { ARCWISE_CATALOGUE } from './arcwise.js'
import { ARIZE_CATALOGUE } from './arize.js'
import { PARADIME_CATALOGUE } from './paradime.js'
import type { VendorCatalogue } from './vendor-catalogue.js'
import { WHEROBOTS_CATALOGUE } from './wherobots.js'

/** Catalogues of the vendors whose APIs are served, as far as the vendors publish them. */
export const READY_CATALOGUES: readonly VendorCatalogue[] = [
  ARCUS_CATALOGUE,
  ARCWISE_CATALOGUE,
  ARIZE_CATALOGUE,
  PARADIME_CATALOGUE,
  WHEROBOTS_CATALOGUE,
]
