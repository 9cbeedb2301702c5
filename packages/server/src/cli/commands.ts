import type { Command } from './command.js'

/** Every command there is, by its name, and what loads it: all of them would double the time that each takes to start. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.js')).serve,
  'org create': async () => (await import('./org-commands.js')).orgCreate,
  'org list': async () => (await import('./org-commands.js')).orgList,
  'org suspend': async () => (await import('./org-commands.js')).orgSuspend,
  'org resume': async () => (await import('./org-commands.js')).orgResume,
  'key create': async () => (await import('./key-commands.js')).keyCreate,
  'key list': async () => (await import('./key-commands.js')).keyList,
  'key revoke': async () => (await import('./key-commands.js')).keyRevoke,
  'person add': async () => (await import('./person-commands.js')).personAdd,
  'person list': async () => (await import('./person-commands.js')).personList,
  'person role': async () => (await import('./person-commands.js')).personRole,
  'person remove': async () => (await import('./person-commands.js')).personRemove,
  'person password': async () => (await import('./person-commands.js')).personPassword,
  'person invite': async () => (await import('./person-link-commands.js')).personInvite,
  'person reset-password': async () => (await import('./person-link-commands.js')).personResetPassword,
  'person reset-second-factor': async () =>
    (await import('./person-link-commands.js')).personResetSecondFactor,
  'session list': async () => (await import('./session-commands.js')).sessionList,
  'session revoke': async () => (await import('./session-commands.js')).sessionRevoke,
  'sso set': async () => (await import('./sso-commands.js')).ssoSet,
  'sso show': async () => (await import('./sso-commands.js')).ssoShow,
  'sso remove': async () => (await import('./sso-commands.js')).ssoRemove,
  'role create': async () => (await import('./role-commands.js')).roleCreate,
  'role list': async () => (await import('./role-commands.js')).roleList,
  'role delete': async () => (await import('./role-commands.js')).roleDelete,
  'workspace create': async () => (await import('./workspace-commands.js')).workspaceCreate,
  'workspace list': async () => (await import('./workspace-commands.js')).workspaceList,
  'workspace delete': async () => (await import('./workspace-commands.js')).workspaceDelete,
  'catalogue list': async () => (await import('./catalogue-commands.js')).catalogueList,
  'catalogue show': async () => (await import('./catalogue-commands.js')).catalogueShow,
  'catalogue set': async () => (await import('./catalogue-commands.js')).catalogueSet,
  'catalogue remove': async () => (await import('./catalogue-commands.js')).catalogueRemove,
  'catalogue policy': async () => (await import('./catalogue-commands.js')).cataloguePolicy,
  'catalogue import': async () => (await import('./catalogue-commands.js')).catalogueImport,
  'catalogue export': async () => (await import('./catalogue-commands.js')).catalogueExport,
  'support list': async () => (await import('./support-commands.js')).supportList,
  'support end': async () => (await import('./support-commands.js')).supportEnd,
  'secrets rotate': async () => (await import('./secrets-command.js')).secretsRotate,
  'erase list': async () => (await import('./erase-command.js')).eraseList,
  erase: async () => (await import('./erase-command.js')).erase,
  'retention show': async () => (await import('./retention-commands.js')).retentionShow,
  'retention set': async () => (await import('./retention-commands.js')).retentionSet,
  'retention preview': async () => (await import('./retention-commands.js')).retentionPreview,
  'retention run': async () => (await import('./retention-commands.js')).retentionRun,
  'retention archive': async () => (await import('./retention-commands.js')).retentionArchive,
  'retention hold add': async () => (await import('./retention-commands.js')).holdAdd,
  'retention hold list': async () => (await import('./retention-commands.js')).holdList,
  'retention hold lift': async () => (await import('./retention-commands.js')).holdLift,
  record: async () => (await import('./record-command.js')).record,
  import: async () => (await import('./import-command.js')).importCommand,
  search: async () => (await import('./search-command.js')).search,
  tail: async () => (await import('./tail-command.js')).tail,
  verify: async () => (await import('./verify-command.js')).verify,
  export: async () => (await import('./export-command.js')).exportCommand,
  'log list': async () => (await import('./log-commands.js')).logList,
  'log rotate-key': async () => (await import('./rotate-key-command.js')).logRotateKey,
  'log epoch': async () => (await import('./log-commands.js')).logEpoch,
  fsck: async () => (await import('./fsck-command.js')).fsck,
  backup: async () => (await import('./backup-command.js')).backup,
  restore: async () => (await import('./restore-command.js')).restore,
  move: async () => (await import('./move-command.js')).move,
  'rebuild-index': async () => (await import('./rebuild-index-command.js')).rebuildIndex,
  witness: async () => (await import('./witness-command.js')).witness,
  config: async () => (await import('./config-command.js')).config,
}

/** The names of all commands, in the order in which the help lists them. */
export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS)

/** The command whose words begin the line; the longest name wins. */
export async function findCommand(args: readonly string[]): Promise<Command | undefined> {
  const [name] = COMMAND_NAMES.filter((name) =>
    name.split(' ').every((word, i) => args[i] === word),
  ).toSorted((a, b) => b.length - a.length)
  return name === undefined ? undefined : COMMANDS[name]?.()
}

/** All of them, for the help. */
export function allCommands(): Promise<readonly Command[]> {
  return Promise.all(Object.values(COMMANDS).map((load) => load()))
}
