/** Suites that every engine of a store must pass, by the title of their `describe` without the engine. */
export const ENGINE_SUITES: Readonly<Record<string, readonly string[]>> = {
  'journal on': ['SQLite', 'PostgreSQL'],
  'reading a journal on': ['SQLite', 'PostgreSQL'],
  'deletions from a journal on': ['SQLite', 'PostgreSQL'],
  'epochs of a journal on': ['SQLite', 'PostgreSQL'],
  'ledger on': ['sqlite', 'postgresql', 's3'],
  "signer's store on": ['sqlite', 'postgresql'],
  'integers for texts on': ['sqlite', 'postgresql'],
  'counts of flagged entries on': ['sqlite', 'postgresql'],
}

/**
 * What is wrong when these suites have run: an engine whose suite did not, or ran fewer tests than that of another, because some were
 * skipped. `ran` has the number of tests that ran by the title of their outermost `describe`.
 */
export function problemsOf(ran: ReadonlyMap<string, number>): readonly string[] {
  return Object.entries(ENGINE_SUITES).flatMap(([suite, engines]) => {
    const counts = engines.map((engine) => ran.get(`${suite} ${engine}`) ?? 0)
    const most = Math.max(1, ...counts)
    return engines.flatMap((engine, i) =>
      counts[i] === most ? [] : [`"${suite} ${engine}" ran ${counts[i]} tests of ${most}`],
    )
  })
}
