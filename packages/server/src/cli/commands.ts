import type { Command } from './command.js'
import { keyCreate, keyList, keyRevoke } from './key-commands.js'
import { orgCreate, orgList } from './org-commands.js'
import { serve } from './serve.js'

/** Every command there is. */
export const COMMANDS: readonly Command[] = [serve, orgCreate, orgList, keyCreate, keyList, keyRevoke]
