/** The load generator as a process of its own: plan on stdin, report on stdout, both JSON. SIGTERM ends the plan early. */
import { text } from 'node:stream/consumers'
import { generateLoad } from './generator.js'
import type { LoadPlan } from './plan.js'

const ending = new AbortController()
process.once('SIGTERM', () => ending.abort())
const plan = JSON.parse(await text(process.stdin)) as LoadPlan
process.stdout.write(JSON.stringify(await generateLoad(plan, ending.signal)))
