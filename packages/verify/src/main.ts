import { runVerify } from './cli/run-verify.js'

process.exitCode = await runVerify(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  token: process.env.COUNTERFOIL_API_KEY,
})
