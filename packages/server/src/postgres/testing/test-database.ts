/** Where test files ask for databases; set by global-setup.ts. */
export const BROKER_VARIABLE = 'TEST_POSTGRES_BROKER'

/**
 * URL of a new, empty database in the PostgreSQL that all test files share, as its superuser. Tests that stop their server
 * start one of their own: `startEmbeddedServer`.
 */
export async function createTestDatabase(): Promise<string> {
  const broker = process.env[BROKER_VARIABLE]
  if (broker === undefined)
    throw new Error(`${BROKER_VARIABLE} is not set: run the tests by vitest and its configuration`)
  const response = await fetch(broker)
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  return text
}
