export * from '../evidence/testing/naive-tree.js'
export { aSigner, type TestSigner, verifyEd25519 } from '../evidence/testing/node-crypto.js'
export { seededRandom } from '../query/testing/random.js'
export { anActor, anEntryContent, aSentEntry, bytesOf, sentEntries } from './entries.js'
