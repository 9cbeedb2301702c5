import { defineConfig } from 'vite'

// One file that a page loads by itself: no chunks, no preloading, and its exports kept.
export default defineConfig({
  build: {
    outDir: 'bundle',
    target: 'es2022',
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: 'src/index.ts',
      preserveEntrySignatures: 'strict',
      output: { entryFileNames: 'counterfoil-viewer.js', codeSplitting: false },
    },
  },
})
