export { browserPlatform } from '../page/browser-platform.js'
export * from './ed25519-cases.js'
export * from './tar.js'
export * from './test-log.js'
