/** The load generator as a process of its own: plan on stdin, report on stdout, both JSON. */
import { text } from 'node:stream/consumers'
import { generateLoad } from './generator.js'
import type { LoadPlan } from './plan.js'

const plan = JSON.parse(await text(process.stdin)) as LoadPlan
process.stdout.write(JSON.stringify(await generateLoad(plan)))
