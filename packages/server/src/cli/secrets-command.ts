import { openMasterKey, rotateMasterKey } from '../access/master-key.js'
import { openAccessStore } from '../access/open-access-store.js'
import { dataPaths, holdDataDirectory } from '../service/data-directory.js'
import { accessPlace } from '../service/store-places.js'
import { type Command, EXIT } from './command.js'
import { printDone } from './options.js'
import { doerAtCommandLine } from './org-commands.js'

export const secretsRotate: Command = {
  name: 'secrets rotate',
  summary: 'Encrypt stored secrets under a new master key; the server must be stopped.',
  usage: '[--discard]',
  options: {
    discard: {
      kind: 'flag',
      description:
        'The old key is lost: forget what it encrypted. Tokens work on, but cannot be shown again.',
    },
  },
  settings: ['data', 'database_url', 'master_key'],
  positionals: { min: 0, max: 0 },
  notes: `
With COUNTERFOIL_MASTER_KEY set, the new key is printed before anything is changed: set the variable to it before the
next start. Otherwise the file master.key in the data directory is replaced. Viewer tokens made before end.
`,
  run: async (input) => {
    const { data, master_key: setting } = input.settings.values
    const discard = input.options.discard === true
    const held = await holdDataDirectory(data, 'secrets rotate')
    try {
      const paths = dataPaths(data)
      const access = await openAccessStore(accessPlace(input.settings.values))
      try {
        const place = { file: paths.masterKey, setting }
        if (!discard) await openMasterKey(access, place)
        const count = await rotateMasterKey(
          access,
          doerAtCommandLine(input),
          place,
          (masterKey) => printDone(input, { master_key: masterKey }, `COUNTERFOIL_MASTER_KEY=${masterKey}`),
          discard,
        )
        printDone(
          input,
          { rotated: count, discarded: discard },
          discard ? `Forgot ${count} secrets.` : `Encrypted ${count} secrets anew.`,
        )
      } finally {
        await access.close()
      }
    } finally {
      held.release()
    }
    return EXIT.ok
  },
}
