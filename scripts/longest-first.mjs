import { BaseSequencer } from 'vitest/node'

// Test files that took ten seconds and more in a run of the whole suite, the longest first. One of them that begins last
// keeps one core busy and the other idle: this order took 42 of 826 seconds off the suite. Without a cache, as after
// `npm ci`, vitest would go by the size of the files.
const LONG = [
  // Its restarts are timed: beside it run two that wait more than they work.
  'crash/crash',
  'lifecycle/killed',
  'retention/retention',
  'index/differential',
  'index/clickhouse/clickhouse-index',
  'dialects/access/matrix',
  'dialects/filters',
  'browser/log-tasks',
  'browser/keyboard',
  'browser/log-looks',
  'dialects/paradime/paradime-oracle',
  'dialects/native-graphql/native-oracle',
  'tenants/noisy-tenant',
  'browser/administration-looks',
  'powercut/powercut',
  'moving/move',
  'browser/administration',
  'dialects/wherobots/selection',
  'browser/sign-in',
  'cluster/cluster',
  'service/clickhouse-url',
  'service/object-storage',
  'several-processes',
  'retention/killed',
  'service/database-url',
  'evidence/flipped-bits/flipped-bits',
  'dialects/access/password-timing',
  'dialects/arize-graphql/arize-oracle',
  'cli/client-commands',
  'http/connection-limits',
  'cli/import-command',
  'witnessing/witnessing',
  'cli/offline-commands',
  'browser/log-states',
  'dialects/wherobots/walk',
  'reading/exports',
  'cli/erase-command',
  'lifecycle/erasure',
  'faults/failed-fsync',
  'lifecycle/erase-stores',
  'evidence/verifier-in-python',
  'indexing/indexer',
  'dialects/access/access',
  'dist/tiny',
  'faults/many-clients',
  'dialects/arize-rest/arize-walk',
  'cli/access-commands',
  'faults/graceful-stop',
  'browser/developers',
  'cli/catalogue-commands',
  'browser/viewer',
  'dialects/access/hostile',
  'dialects/fuzz/fuzz',
]

/** The longest first, then all others as vitest orders them. */
export class LongestFirst extends BaseSequencer {
  async sort(specifications) {
    const others = await super.sort(specifications)
    const placeOf = ({ moduleId }) => {
      const place = LONG.findIndex((name) => moduleId.replaceAll('\\', '/').includes(`${name}.test.js`))
      return place < 0 ? LONG.length : place
    }
    return others.toSorted((a, b) => placeOf(a) - placeOf(b))
  }
}
