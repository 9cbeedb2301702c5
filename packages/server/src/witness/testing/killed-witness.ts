import { writeSync } from 'node:fs'
import { parseVerifierKey } from '@counterfoil/core'
import { sha256Into } from '../../platform-hash.js'
import { startWitness, type WitnessStep } from './running-witness.js'

// node killed-witness.js <directory> <key of the log> <step> <how often>: witnesses until that step was done so often, and dies
// there as a power cut would have it. Its address is told on the output.

const [directory = '', vkey = '', step = '', times = '1'] = process.argv.slice(2)
const key = parseVerifierKey(sha256Into, vkey)
let left = Number(times)
const { url } = await startWitness(directory, () => [key], {
  onStep: (done: WitnessStep) => {
    if (done === step && --left === 0) process.kill(process.pid, 'SIGKILL')
  },
})
writeSync(1, url)
