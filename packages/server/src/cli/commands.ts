import type { Command } from './command.js'
import { config } from './config-command.js'
import { importCommand } from './import-command.js'
import { keyCreate, keyList, keyRevoke } from './key-commands.js'
import { orgCreate, orgList } from './org-commands.js'
import { rebuildIndex } from './rebuild-index-command.js'
import { record } from './record-command.js'
import { search } from './search-command.js'
import { serve } from './serve.js'
import { tail } from './tail-command.js'
import { verify } from './verify-command.js'

/** Every command there is. */
export const COMMANDS: readonly Command[] = [
  serve,
  orgCreate,
  orgList,
  keyCreate,
  keyList,
  keyRevoke,
  record,
  importCommand,
  search,
  tail,
  verify,
  rebuildIndex,
  config,
]
