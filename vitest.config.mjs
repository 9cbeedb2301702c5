import { defineConfig } from 'vitest/config'
import { LongestFirst } from './scripts/longest-first.mjs'

// Tests run as compiled: worker threads and child processes then load the same files that ship.
export default defineConfig({
  test: {
    include: ['packages/*/dist/**/*.test.js', 'bench/dist/**/*.test.js', 'test/dist/**/*.test.js'],
    globalSetup: [
      'packages/server/dist/postgres/testing/global-setup.js',
      'test/dist/engines/global-setup.js',
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // As everything that is waited for: tests run beside others, and a second is short then.
    expect: { poll: { timeout: 15_000 } },
    maxWorkers: 2,
    // A process for each file loaded vitest and the server anew: 0.8 s of a core for each of 240 files. Files leave nothing behind.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    // Load what ships as Node does: rewritten imports made the hot path up to four times slower.
    server: { deps: { external: [/\/dist\/(?!.*\.test\.js)/, /\/core\/bundle\//] } },
  },
})
