import { whyNoLoopDisks } from '../support/mounts.js'
import { readProgramOptions } from '../support/program-options.js'
import { CONTROLS, type ControlSummary, runControlCuts } from './control-cuts.js'
import { runServerCuts } from './server-cuts.js'

// npm run powercut -- --cycles 40 --seed 7 --controls 10
// Needs root and loop devices. The answer is one JSON line on the output, progress on the error output; exit 1 when
// anything was found, or when a control that must lose did not.

const options = readProgramOptions(
  'npm run powercut -- [--cycles <n>] [--controls <n>] [--seed <n>]; needs root and loop devices',
  { cycles: 40, controls: 10 },
)
const why = whyNoLoopDisks()
if (why !== undefined) {
  process.stderr.write(`The power cut cannot be tested here: ${why}\n`)
  process.exit(2)
}
process.on('SIGINT', () => process.exit(130))
process.on('SIGTERM', () => process.exit(143))
const { seed } = options
process.stderr.write(`seed ${seed}\n`)
const controls: ControlSummary[] = []
for (const control of CONTROLS) {
  const summary = await runControlCuts(control, options.controls, seed)
  controls.push(summary)
  process.stderr.write(`control ${JSON.stringify(summary)}\n`)
}
const server = await runServerCuts({
  cycles: options.cycles,
  seed,
  onProgress: (line) => process.stderr.write(process.stderr.isTTY ? `\r${line}` : `${line}\n`),
})
const controlsHold = controls.every(({ control, cycles, cyclesWithLoss }) =>
  control === 'with-full' ? cyclesWithLoss === 0 : cyclesWithLoss >= cycles * 0.8,
)
process.stdout.write(`${JSON.stringify({ server, controls, controlsHold })}\n`)
process.exit(server.clean && controlsHold ? 0 : 1)
