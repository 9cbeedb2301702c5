import { journalConformance } from '../conformance.js'
import { emptyPlace, openHarness } from './testing/open-harness.js'

journalConformance('PostgreSQL', async () => openHarness(await emptyPlace()))
