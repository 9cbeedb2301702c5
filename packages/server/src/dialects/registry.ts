import type { Dialect } from '../http/route.js'
import { addLinkUse } from './access/link-use.js'
import { ACCESS_OPENAPI } from './access/openapi.js'
import { addAccess } from './access/routes.js'
import { addSecondStep } from './access/second-step.js'
import { addSignIn } from './access/sign-in.js'
import { addSsoSignIn } from './access/sso-sign-in.js'
import { addActivity } from './arcus/activity.js'
import { ARCUS_SWITCHES } from './arcus/enums.js'
import { addList } from './arcus/list.js'
import { ARCUS_OPENAPI } from './arcus/openapi.js'
import { addRetrieve } from './arcus/retrieve.js'
import { addVerify } from './arcus/verify.js'
import { ARCWISE } from './arcwise/arcwise.js'
import { ARIZE_GRAPHQL } from './arize-graphql/graphql.js'
import { ARIZE_REST } from './arize-rest/arize-rest.js'
import { EVIDENCE } from './evidence/dialect.js'
import { addAggregates } from './native/aggregates.js'
import { addDisclosure } from './native/disclosure.js'
import { addExport } from './native/export.js'
import { addIngest } from './native/ingest.js'
import { NATIVE_OPENAPI } from './native/openapi.js'
import { NATIVE_GRAPHQL } from './native-graphql/graphql.js'
import { PARADIME } from './paradime/graphql.js'
import { WHEROBOTS } from './wherobots/dialect.js'

/** Every API that is served, a line each. They share paths, never code. */
export const DIALECTS: readonly Dialect[] = [
  {
    name: 'access',
    routes: [addSignIn, addSecondStep, addSsoSignIn, addLinkUse, addAccess],
    openapi: ACCESS_OPENAPI,
  },
  { name: 'native', routes: [addIngest, addAggregates, addExport, addDisclosure], openapi: NATIVE_OPENAPI },
  EVIDENCE,
  {
    name: 'arcus',
    routes: [addList, addRetrieve, addVerify, addActivity],
    openapi: ARCUS_OPENAPI,
    switches: ARCUS_SWITCHES,
  },
  ARCWISE,
  ARIZE_REST,
  WHEROBOTS,
  PARADIME,
  ARIZE_GRAPHQL,
  // Last, for it claims every request to /graphql that the others leave.
  NATIVE_GRAPHQL,
]
