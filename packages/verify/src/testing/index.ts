export * from './tar.js'
export * from './test-log.js'
