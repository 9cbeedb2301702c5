// Vite bundles these; for the compiler they are there and have no content.
declare module '*.css'
