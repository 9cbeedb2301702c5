export { anActor, anEntryContent, aSentEntry, bytesOf } from './entries.js'
