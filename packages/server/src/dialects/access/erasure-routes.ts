import {
  AppError,
  type JsonObject,
  readSearch,
  SECTION_PATHS,
  type SectionPath,
  type Selection,
} from '@counterfoil/core'
import { requestErasure } from '../../access/administration/erasures.js'
import { erasureShape } from '../../access/administration/shapes.js'
import { choicesMember, listMember, type MemberValues, optional, textMember } from '../../http/members.js'
import { isUuid } from '../../http/parameters.js'
import { type Choice, chooseEntries } from '../../lifecycle/choose-entries.js'
import type { ReadEntry } from '../../reading/reads.js'
import { type AdminCall, type AdminRoute, adminRoute, listOf } from './admin-route.js'

const IDS_MAX = 1_000

const CHOICE_MEMBERS = {
  sections: choicesMember('What goes of each entry.', SECTION_PATHS),
  ids: optional(
    listMember('Ids of entries; either these or a query.', 'ids of entries', IDS_MAX, (text) =>
      isUuid(text.toLowerCase()) ? text.toLowerCase() : undefined,
    ),
  ),
  query: optional(textMember('Search text that selects entries, as in `actor:ada since:24h`.', 4_000)),
}
type ChoiceValues = MemberValues<typeof CHOICE_MEMBERS>

export const ERASURE_ROUTES: readonly AdminRoute[] = [
  adminRoute({
    method: 'GET',
    path: '/v1/erasures',
    operationId: 'listErasures',
    summary: 'What was erased or is being erased, the newest first.',
    permission: 'entries.erase',
    answer: 'ErasureList',
    handle: async ({ access, organization }) =>
      listOf((await access.erasures.list(organization.id)).map(erasureShape)),
  }),
  adminRoute({
    method: 'GET',
    path: '/v1/erasures/{id}',
    operationId: 'retrieveErasure',
    summary: 'One erasure, with its certificate once it was carried out.',
    permission: 'entries.erase',
    answer: 'Erasure',
    handle: async ({ access, organization, id }) => {
      const erasure = await access.erasures.find(organization.id, id)
      if (erasure === undefined) throw new AppError('not_found', { hint: 'There is no such erasure.' })
      return erasureShape(erasure)
    },
  }),
  adminRoute({
    method: 'POST',
    path: '/v1/erasures/preview',
    operationId: 'previewErasure',
    summary: "What an erasure in the log of the key's mode would take away; nothing changes.",
    permission: 'entries.erase',
    members: CHOICE_MEMBERS,
    answer: 'ErasurePreview',
    handle: async (call) => previewShape(await choose(call, call.members)),
  }),
  adminRoute({
    method: 'POST',
    path: '/v1/erasures',
    operationId: 'erase',
    summary: 'Erase sections of entries for good: recorded at once, carried out within a minute or so.',
    permission: 'entries.erase',
    members: {
      ...CHOICE_MEMBERS,
      digest: textMember('Of the preview: what it showed is erased and nothing else.', 64, 64),
      reason: textMember('Why; it stands in the log for ever.', 1_000, 10),
      legal_basis: textMember('What obliges or allows you to, such as "GDPR Art. 17(1)(b)".', 300, 3),
    },
    answer: 'Erasure',
    handle: async (call) => {
      const { access, by, members, erasures } = call
      const { runs, digest, entries } = await choose(call, members)
      if (digest !== members.digest) throw outdated()
      if (entries === 0) throw nothingToErase()
      const { sections, reason, legal_basis: legalBasis } = members
      const erasure = await requestErasure(access, by, {
        log: logOf(call),
        sections,
        runs,
        reason,
        legalBasis,
      })
      erasures.kick()
      return erasureShape(erasure)
    },
  }),
]

function logOf({ organization, key }: Pick<AdminCall, 'organization' | 'key'>) {
  return { organization_id: organization.id, mode: key.mode }
}

async function choose(
  call: Pick<AdminCall, 'organization' | 'key' | 'reads'>,
  values: ChoiceValues,
): Promise<Choice> {
  const { ids, query, sections } = values
  if ((ids === undefined) === (query === undefined))
    throw new AppError('invalid_request', { param: 'ids', hint: 'Give either "ids" or "query".' })
  const chosen =
    query === undefined
      ? entriesById(call, ids ?? [])
      : call.reads.entries(
          { ...readSearch(query, Date.now() * 1_000), log: logOf(call) } satisfies Selection,
          'oldest_first',
        )
  return chooseEntries(chosen, sections as readonly SectionPath[])
}

async function* entriesById(
  call: Pick<AdminCall, 'organization' | 'key' | 'reads'>,
  ids: readonly string[],
): AsyncGenerator<readonly ReadEntry[]> {
  const found = new Map<number, ReadEntry>()
  for (const id of ids) {
    const entry = await call.reads.entry(logOf(call), id)
    if (entry === undefined)
      throw new AppError('not_found', { param: 'ids', hint: `There is no entry ${id} in this log.` })
    found.set(entry.seq, entry)
  }
  yield [...found.values()].sort((a, b) => a.seq - b.seq)
}

function previewShape(choice: Choice): JsonObject {
  return {
    object: 'erasure_preview',
    entries: choice.entries,
    sections: choice.sections as JsonObject,
    without_sections: choice.withoutSections,
    protected: choice.protected,
    digest: choice.digest,
    sample: choice.sample.map(({ id, seq, recordedAt, action, sections }) => ({
      id,
      seq,
      recorded_at: recordedAt,
      action: action ?? null,
      sections: [...sections],
    })),
  }
}

function outdated(): AppError {
  return new AppError('preview_outdated', {
    param: 'digest',
    hint: 'Other entries are selected now than the preview showed. Ask for another preview and confirm its digest.',
  })
}

function nothingToErase(): AppError {
  return new AppError('invalid_request', {
    param: 'sections',
    hint: 'None of the entries has any of these sections.',
  })
}
