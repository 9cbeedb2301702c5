export {
  type BundleSink,
  type BundleStart,
  BundleWriter,
  type BundleWriterSettings,
} from './bundle/bundle-writer.js'
export { BUNDLE_FILES, MANIFEST_FORMAT, type Manifest, parseManifest } from './bundle/manifest.js'
export { type BundleOptions, verifyBundle } from './bundle/verify-bundle.js'
export { bundlePage } from './node/bundle-page.js'
export { DirectorySink } from './node/directory-sink.js'
export { DirectorySource } from './node/directory-source.js'
export { nodePlatform } from './node/node-platform.js'
export type { Platform } from './platform.js'
export { leafHash, type ReceiptReport, verifyReceipt } from './receipt.js'
export * from './report.js'
export { type ServerReport, verifyServer } from './server.js'
export { ServerError, ServerSource } from './server-source.js'
export type { EvidenceSource } from './source.js'
export type { Trust } from './trust.js'
export type { OnProgress } from './walk/walk-log.js'
