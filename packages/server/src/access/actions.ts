/** One of our own actions: what entries about Counterfoil itself carry as `action`. */
interface SelfActionDefinition {
  readonly category: 'access' | 'authentication' | 'export' | 'system'
  /** One sentence for people, without who and when. */
  readonly sentence: string
  /** What a vendor calls the same thing, for dialects that show its names. */
  readonly vendors?: Readonly<Partial<Record<VendorName, string>>>
}

/** `source.name` of every entry that Counterfoil records about itself. */
export const SELF_SOURCE = 'counterfoil'

export const VENDOR_NAMES = ['arcwise', 'wherobots'] as const
export type VendorName = (typeof VENDOR_NAMES)[number]

/** The catalogue of our own actions. docs/access.md shows the same, and a test holds the two together. */
export const SELF_ACTIONS = {
  'organization.created': {
    category: 'access',
    sentence: 'An organization was made.',
    vendors: { wherobots: 'RegisterOrganization' },
  },
  'organization.suspended': {
    category: 'access',
    sentence: 'The organization was suspended: nobody gets in, and its keys do nothing.',
  },
  'organization.resumed': { category: 'access', sentence: 'The organization was let in again.' },
  'organization.updated': {
    category: 'access',
    sentence: 'Name or settings of the organization were changed.',
  },
  'person.added': {
    category: 'access',
    sentence: 'A person was added to the organization.',
    vendors: { arcwise: 'create_role', wherobots: 'RegisterUser' },
  },
  'person.role_changed': {
    category: 'access',
    sentence: 'A person was given another role.',
    vendors: { arcwise: 'edit_role', wherobots: 'UpdateUserRole' },
  },
  'person.renamed': { category: 'access', sentence: 'A person was given another name.' },
  'person.removed': {
    category: 'access',
    sentence: 'A person was removed from the organization.',
    vendors: { arcwise: 'delete_role', wherobots: 'DeleteUser' },
  },
  'person.password_changed': { category: 'access', sentence: 'A person got a new password.' },
  'invitation.created': {
    category: 'access',
    sentence: 'A person was invited to the organization.',
    vendors: { wherobots: 'InviteUser' },
  },
  'invitation.withdrawn': {
    category: 'access',
    sentence: 'An invitation was taken back.',
    vendors: { wherobots: 'DeleteInvite' },
  },
  'invitation.accepted': { category: 'access', sentence: 'An invited person joined the organization.' },
  'password_reset.requested': {
    category: 'authentication',
    sentence: 'A link to set a new password was asked for.',
  },
  'password_reset.used': {
    category: 'authentication',
    sentence: 'A new password was set by a link, and the sessions of the person ended.',
  },
  'second_factor.enabled': { category: 'authentication', sentence: 'A person enrolled a second factor.' },
  'second_factor.disabled': {
    category: 'authentication',
    sentence: 'The second factor of a person was disabled.',
  },
  'second_factor.codes_renewed': {
    category: 'authentication',
    sentence: 'A person made new recovery codes; the old ones ended.',
  },
  'second_factor.recovery_code_used': {
    category: 'authentication',
    sentence: 'A person used a recovery code in place of their second factor.',
  },
  'role.created': { category: 'access', sentence: 'A role was made.' },
  'role.updated': { category: 'access', sentence: 'A role was changed.' },
  'role.deleted': { category: 'access', sentence: 'A role was deleted.' },
  'workspace.created': { category: 'access', sentence: 'A workspace was made.' },
  'workspace.updated': { category: 'access', sentence: 'A workspace was renamed.' },
  'workspace.deleted': { category: 'access', sentence: 'A workspace was deleted.' },
  'saved_view.shared': {
    category: 'access',
    sentence: 'A view of the log was shared with the organization.',
  },
  'saved_view.deleted': { category: 'access', sentence: 'A shared view of the log was deleted.' },
  'api_key.created': {
    category: 'access',
    sentence: 'An API key was made.',
    vendors: { arcwise: 'create_token', wherobots: 'CreateApiKeyCredential' },
  },
  'api_key.revoked': {
    category: 'access',
    sentence: 'An API key was revoked.',
    vendors: { arcwise: 'delete_token', wherobots: 'RevokeApiKeyCredential' },
  },
  'personal_token.created': {
    category: 'access',
    sentence: 'A personal access token was made.',
    vendors: { arcwise: 'create_token', wherobots: 'CreateApiKeyCredential' },
  },
  'personal_token.viewed': { category: 'access', sentence: 'A personal access token was shown again.' },
  'personal_token.deleted': {
    category: 'access',
    sentence: 'A personal access token was deleted.',
    vendors: { arcwise: 'delete_token', wherobots: 'RevokeApiKeyCredential' },
  },
  'viewer_token.created': { category: 'access', sentence: 'A viewer token was made.' },
  'support_access.started': {
    category: 'access',
    sentence: 'An operator of the platform was given access to the entries for support.',
  },
  'support_access.ended': { category: 'access', sentence: 'An access for support was ended.' },
  'session.created': { category: 'authentication', sentence: 'Somebody signed in.' },
  'session.refused': { category: 'authentication', sentence: 'Somebody tried to sign in and was refused.' },
  'session.ended': { category: 'authentication', sentence: 'Somebody signed out.' },
  'session.moved': {
    category: 'authentication',
    sentence: 'Somebody who is signed in went on in this organization or mode.',
  },
  'session.revoked': { category: 'authentication', sentence: 'A session was ended from outside.' },
  'sso.updated': { category: 'access', sentence: 'The single sign-on of the organization was set.' },
  'sso.removed': { category: 'access', sentence: 'The single sign-on of the organization was removed.' },
  'catalogue_action.created': { category: 'access', sentence: 'An action was added to the catalogue.' },
  'catalogue_action.updated': { category: 'access', sentence: 'An action of the catalogue was changed.' },
  'catalogue_action.deleted': { category: 'access', sentence: 'An action was deleted from the catalogue.' },
  'catalogue_group.set': { category: 'access', sentence: 'A group of the catalogue was made or described.' },
  'catalogue_group.deleted': { category: 'access', sentence: 'A group of the catalogue was deleted.' },
  'catalogue_policy.updated': {
    category: 'access',
    sentence: 'What is done with entries that do not agree with the catalogue was changed.',
  },
  'catalogue.imported': { category: 'access', sentence: 'A ready catalogue was taken over.' },
  'access.denied': { category: 'access', sentence: 'A change was refused for want of a permission.' },
  'log.read': { category: 'access', sentence: 'Entries were read.' },
  'log.exported': { category: 'export', sentence: 'Entries were exported.' },
  'log.epoch': {
    category: 'system',
    sentence: 'The log goes on under a new name: what had been signed of it could not be continued.',
  },
  'epoch.requested': {
    category: 'system',
    sentence: 'An operator asked that a log goes on under a new name.',
  },
  'epoch.refused': {
    category: 'system',
    sentence: 'A log does not go on under a new name, although an operator asked for it.',
  },
  'log.key': { category: 'system', sentence: 'The log gets another signing key.' },
  'log.redacted': {
    category: 'system',
    sentence: 'Sections of entries are erased; their hashes stay.',
  },
  'log.retention': {
    category: 'system',
    sentence: 'What entries said is erased, as the retention policy has it; their hashes stay.',
  },
  'log.prune': {
    category: 'system',
    sentence: 'The oldest entries are taken away, as the retention policy has it.',
  },
  'retention_policy.set': { category: 'system', sentence: 'How long entries are kept was set.' },
  'retention_policy.removed': {
    category: 'system',
    sentence: 'A retention policy was removed: what it let go is kept from now on.',
  },
  'retention.run_requested': {
    category: 'system',
    sentence: 'Somebody asked that what need not be kept any more goes now.',
  },
  'archive.requested': {
    category: 'export',
    sentence: 'Somebody asked for an archive of a part of the log.',
  },
  'archive.made': { category: 'export', sentence: 'A part of the log was archived; its entries stay.' },
  'archive.failed': { category: 'export', sentence: 'A part of the log could not be archived.' },
  'legal_hold.made': { category: 'system', sentence: 'A legal hold was made: nothing under it goes.' },
  'legal_hold.lifted': { category: 'system', sentence: 'A legal hold was lifted.' },
  'log.verified': {
    category: 'system',
    sentence: 'Every entry of the log is as it was recorded, and none is missing.',
  },
  'log.damaged': {
    category: 'system',
    sentence: 'The log is not as it was recorded: an entry was changed or removed, or cannot be read.',
  },
  'secrets.rotated': {
    category: 'system',
    sentence: 'Stored secrets were encrypted under a new master key.',
  },
} as const satisfies Record<string, SelfActionDefinition>
export type SelfAction = keyof typeof SELF_ACTIONS

/** What a vendor calls one of our actions; undefined when it has no name for it. */
export function vendorAction(action: SelfAction, vendor: VendorName): string | undefined {
  const { vendors }: SelfActionDefinition = SELF_ACTIONS[action]
  return vendors?.[vendor]
}
