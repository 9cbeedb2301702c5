import type { Dialect } from '../http/route.js'
import { addLinkUse } from './access/link-use.js'
import { ACCESS_OPENAPI } from './access/openapi.js'
import { addAccess } from './access/routes.js'
import { addSecondStep } from './access/second-step.js'
import { addSignIn } from './access/sign-in.js'
import { addSsoSignIn } from './access/sso-sign-in.js'
import { addList } from './arcus/list.js'
import { ARCUS_OPENAPI } from './arcus/openapi.js'
import { addRetrieve } from './arcus/retrieve.js'
import { addVerify } from './arcus/verify.js'
import { addAggregates } from './native/aggregates.js'
import { addIngest } from './native/ingest.js'
import { NATIVE_OPENAPI } from './native/openapi.js'

/** Every API that is served, a line each. They share paths, never code. */
export const DIALECTS: readonly Dialect[] = [
  {
    name: 'access',
    routes: [addSignIn, addSecondStep, addSsoSignIn, addLinkUse, addAccess],
    openapi: ACCESS_OPENAPI,
  },
  { name: 'native', routes: [addIngest, addAggregates], openapi: NATIVE_OPENAPI },
  { name: 'arcus', routes: [addList, addRetrieve, addVerify], openapi: ARCUS_OPENAPI },
]
