import { openCatalogueFlags, openIntegerIds } from '../catalogue/open-catalogue.js'
import type { RouteContext } from '../http/route.js'
import type { Settings } from '../settings/settings.js'
import { cataloguePlace } from './store-places.js'

/** Opens what lies beside the log about actions. */
export async function openCatalogue(
  settings: Pick<Settings, 'data' | 'database_url'>,
  closers: (() => Promise<void> | void)[],
): Promise<Pick<RouteContext, 'integerIds' | 'catalogueFlags' | 'cataloguePlace'>> {
  const place = cataloguePlace(settings)
  const integerIds = await openIntegerIds(place)
  closers.push(() => integerIds.close())
  const catalogueFlags = await openCatalogueFlags(place)
  closers.push(() => catalogueFlags.close())
  return { integerIds, catalogueFlags, cataloguePlace: place }
}
