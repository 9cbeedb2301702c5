import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { defineConfig } from 'vite'

const read = (name) => readFileSync(new URL(name, import.meta.url), 'utf8')
const hashOf = (text) => `sha256-${createHash('sha256').update(text).digest('base64')}`

/** One file with everything in it, which may load nothing: the policy in it allows this very script and this very style. */
function singleFile() {
  return {
    name: 'single-file',
    generateBundle(_options, bundle) {
      const [name] = Object.keys(bundle)
      const script = bundle[name].code.replaceAll('</script', '<\\/script')
      const style = read('page.css')
      const parts = {
        "'SCRIPT_HASH'": `'${hashOf(script)}'`,
        "'STYLE_HASH'": `'${hashOf(style)}'`,
        '<!-- STYLE -->': `<style>${style}</style>`,
        '<!-- SCRIPT -->': `<script>${script}</script>`,
      }
      const source = read('page.html').replaceAll(
        /'(?:SCRIPT|STYLE)_HASH'|<!-- (?:SCRIPT|STYLE) -->/g,
        (part) => parts[part],
      )
      delete bundle[name]
      this.emitFile({ type: 'asset', fileName: 'verify.html', source })
    },
  }
}

export default defineConfig({
  plugins: [singleFile()],
  publicDir: false,
  build: {
    outDir: 'dist/page',
    emptyOutDir: false,
    target: 'es2022',
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: 'src/page/main.ts',
      output: { format: 'iife', entryFileNames: 'page.js', codeSplitting: false },
    },
  },
})
