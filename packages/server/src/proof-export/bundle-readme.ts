/** Goes with every export, for whoever opens it without knowing what it is. */
export const BUNDLE_README = `This is evidence from an audit log: entries, and what proves that they are what was recorded.

To verify it without installing anything and without any network, open verify.html in a browser and drop this
directory on it. Give it the key of the log, which you should have from somewhere else than this directory.

On a command line: npx @counterfoil/verify <this directory> --key <key of the log>
Or with Python's package cryptography: python3 verifier.py <this directory> <key of the log>, where verifier.py is the file
test/verifier.py of Counterfoil's source.

  manifest.json      what is in here, in numbers
  checkpoint         what the log signed: its name, its size, the root of its tree (c2sp.org/tlog-checkpoint)
  log.vkey           the key that signed it, as the exporter claims
  policy             the same as a policy file, for tools that read one (c2sp.org/tlog-policy)
  disclosures/       what the entries say, one line each; of erased sections only the commitment
  tile/              the log's Merkle tree and the leaves of its entries (c2sp.org/tlog-tiles); where entries were chosen, each
                     line of the disclosures has its own proof in its place
  verify.html        verifies all of this

The formats are public, and written down in Counterfoil's docs/verify.md: you can write your own verifier.
`
