import { defineConfig } from 'vite'

// One file for Node.js, which every thread and every process loads anew: 93 modules cost each of them 50 ms of a core, one
// costs 12. Browsers' bundlers take the modules, of which they leave out what a page does not use.
export default defineConfig({
  build: {
    outDir: 'bundle',
    target: 'es2022',
    minify: false,
    sourcemap: true,
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: 'dist/index.js',
      preserveEntrySignatures: 'strict',
      output: { entryFileNames: 'index.js', codeSplitting: false },
    },
  },
})
