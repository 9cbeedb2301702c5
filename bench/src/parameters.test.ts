import { describe, expect, it } from 'vitest'
import { parseCommandLine } from './parameters.js'

const parametersOf = (...words: string[]) => parseCommandLine(words).parameters

describe('command line', () => {
  it('runs a million entries beside a peer unless told otherwise', () => {
    expect(parseCommandLine([])).toMatchObject({ json: false, strict: false })
    expect(parametersOf()).toMatchObject({ entries: 1_000_000, singleSeconds: 20, peerEntries: 200_000 })
  })

  it('takes each option', () => {
    const words = ['--entries', '10000000', '--seconds', '3', '--peer-entries', '5000', '--seed', '9']
    expect(parametersOf(...words)).toMatchObject({
      entries: 10_000_000,
      singleSeconds: 3,
      peerEntries: 5_000,
      seed: 9,
    })
    expect(parametersOf('--no-peer').peerEntries).toBe(0)
    expect(parseCommandLine(['--json', '--strict'])).toMatchObject({ json: true, strict: true })
  })

  it('rounds the entries up to whole batches and never gives the peer more', () => {
    expect(parametersOf('--entries', '501')).toMatchObject({ entries: 1_000, peerEntries: 1_000 })
  })

  it.each([[['--entries', '0']], [['--seconds', 'soon']], [['--swift']]])('refuses %j', (words) => {
    expect(() => parseCommandLine(words)).toThrow(TypeError)
  })
})
