import { backup } from './backup-command.js'
import {
  catalogueExport,
  catalogueImport,
  catalogueList,
  cataloguePolicy,
  catalogueRemove,
  catalogueSet,
  catalogueShow,
} from './catalogue-commands.js'
import type { Command } from './command.js'
import { config } from './config-command.js'
import { erase, eraseList } from './erase-command.js'
import { exportCommand } from './export-command.js'
import { fsck } from './fsck-command.js'
import { importCommand } from './import-command.js'
import { keyCreate, keyList, keyRevoke } from './key-commands.js'
import { logEpoch, logList } from './log-commands.js'
import { move } from './move-command.js'
import { orgCreate, orgList, orgResume, orgSuspend } from './org-commands.js'
import { personAdd, personList, personPassword, personRemove, personRole } from './person-commands.js'
import { personInvite, personResetPassword, personResetSecondFactor } from './person-link-commands.js'
import { rebuildIndex } from './rebuild-index-command.js'
import { record } from './record-command.js'
import { restore } from './restore-command.js'
import {
  holdAdd,
  holdLift,
  holdList,
  retentionArchive,
  retentionPreview,
  retentionRun,
  retentionSet,
  retentionShow,
} from './retention-commands.js'
import { roleCreate, roleDelete, roleList } from './role-commands.js'
import { logRotateKey } from './rotate-key-command.js'
import { search } from './search-command.js'
import { secretsRotate } from './secrets-command.js'
import { serve } from './serve.js'
import { sessionList, sessionRevoke } from './session-commands.js'
import { ssoRemove, ssoSet, ssoShow } from './sso-commands.js'
import { supportEnd, supportList } from './support-commands.js'
import { tail } from './tail-command.js'
import { verify } from './verify-command.js'
import { witness } from './witness-command.js'
import { workspaceCreate, workspaceDelete, workspaceList } from './workspace-commands.js'

/** Every command there is. */
export const COMMANDS: readonly Command[] = [
  serve,
  orgCreate,
  orgList,
  orgSuspend,
  orgResume,
  keyCreate,
  keyList,
  keyRevoke,
  personAdd,
  personList,
  personRole,
  personRemove,
  personPassword,
  personInvite,
  personResetPassword,
  personResetSecondFactor,
  sessionList,
  sessionRevoke,
  ssoSet,
  ssoShow,
  ssoRemove,
  roleCreate,
  roleList,
  roleDelete,
  workspaceCreate,
  workspaceList,
  workspaceDelete,
  catalogueList,
  catalogueShow,
  catalogueSet,
  catalogueRemove,
  cataloguePolicy,
  catalogueImport,
  catalogueExport,
  supportList,
  supportEnd,
  secretsRotate,
  eraseList,
  erase,
  retentionShow,
  retentionSet,
  retentionPreview,
  retentionRun,
  retentionArchive,
  holdAdd,
  holdList,
  holdLift,
  record,
  importCommand,
  search,
  tail,
  verify,
  exportCommand,
  logList,
  logRotateKey,
  logEpoch,
  fsck,
  backup,
  restore,
  move,
  rebuildIndex,
  witness,
  config,
]
