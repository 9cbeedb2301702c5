import type { VendorCatalogue } from './vendor-catalogue.js'

const TYPES: readonly { readonly type: string; readonly actions: readonly string[] }[] = [
  {
    type: 'AWS Marketplace',
    actions: ['LinkOrganizationToAwsMarketplace', 'CancelAwsMarketplaceSubscription'],
  },
  {
    type: 'Credential',
    actions: [
      'CreateApiKeyCredential',
      'GenerateIngestCredentials',
      'RevokeApiKeyCredential',
      'UpdateApiKeyCredential',
    ],
  },
  {
    type: 'File modifications',
    actions: [
      'CreateDirectory',
      'DeleteFile',
      'DeleteDirectory',
      'DownloadFile',
      'RenameFile',
      'UploadFile',
      'GenerateUploadUrl',
    ],
  },
  { type: 'Storage Integration', actions: ['CreateStorageIntegration', 'DeleteStorageIntegration'] },
  { type: 'Job Run', actions: ['CancelJobRun', 'CreateJobRun', 'GetJobRunLogs'] },
  { type: 'Notebook', actions: ['CreateNotebook', 'DestroyNotebook'] },
  {
    type: 'Organizational Modification',
    actions: ['RegisterOrganization', 'RegisterSamlUser', 'RegisterUser'],
  },
  {
    type: 'Organization Settings',
    actions: [
      'InviteUser',
      'DeleteInvite',
      'DeleteUser',
      'UpdateOrganizationDefaultDomain',
      'UpdateOrganizationDefaultEnvironmentOverridePreset',
      'UpdateOrganizationDefaultEnvironmentPreset',
      'UpdateOrganizationDefaultRuntime',
      'UpdateOrganizationDefaultRegion',
      'UpdateSamlConfiguration',
      'DeleteSamlConfiguration',
      'UpdateUserRole',
    ],
  },
  {
    type: 'Managed Catalog',
    actions: [
      'CreateManagedCatalogTable',
      'DeleteManagedCatalogTable',
      'RenameManagedCatalogTable',
      'UpdateManagedCatalogTable',
      'CreateManagedCatalog',
    ],
  },
  {
    type: 'Foreign Catalog',
    actions: ['CreateForeignCatalog', 'UpdateForeignCatalog', 'DeleteForeignCatalog'],
  },
  { type: 'SQL Session', actions: ['CreateSqlSession', 'DestroySqlSession'] },
  {
    type: 'Runtime',
    actions: [
      'DeleteEnvironmentOverridePresetRuntime',
      'DeleteEnvironmentPresetRuntime',
      'SaveEnvironmentOverridePresetRuntime',
      'SaveEnvironmentPresetRuntime',
    ],
  },
]

/**
 * The 48 actions that Wherobots' guide lists, by its 12 types. Types are of the guide alone: no event names its own. The
 * guide says nothing of an action but its name.
 */
export const WHEROBOTS_CATALOGUE: VendorCatalogue = {
  vendor: 'wherobots',
  groups: TYPES.map(({ type }) => ({ name: type, description: '' })),
  actions: TYPES.flatMap(({ type, actions }) =>
    actions.map((action) => ({ action, group: type, description: '' })),
  ),
}
