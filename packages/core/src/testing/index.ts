export { anActor, anEntryContent, aSentEntry, bytesOf, sentEntries } from './entries.js'
