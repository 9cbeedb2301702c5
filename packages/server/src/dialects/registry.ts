import type { RoutePlugin } from '../http/route.js'
import { addList } from './arcus/list.js'
import { addRetrieve } from './arcus/retrieve.js'
import { addVerify } from './arcus/verify.js'
import { addAggregates } from './native/aggregates.js'
import { addIngest } from './native/ingest.js'

/** Every API that is served. */
export const DIALECTS: readonly RoutePlugin[] = [addIngest, addAggregates, addList, addRetrieve, addVerify]
