import { expect, it } from 'vitest'
import { SELF_ACTIONS, VENDOR_NAMES, vendorAction } from '../../access/actions.js'
import { READY_CATALOGUES } from './ready-catalogues.js'
import { WHEROBOTS_CATALOGUE } from './wherobots.js'

it.each(READY_CATALOGUES.map((catalogue) => [catalogue.vendor, catalogue] as const))(
  '%s: every action is there once and in a group that is there',
  (_vendor, { actions, groups }) => {
    expect(new Set(actions.map(({ action }) => action)).size).toBe(actions.length)
    expect([...new Set(actions.map(({ group }) => group))]).toEqual(groups.map(({ name }) => name))
    expect(actions.filter(({ action }) => !/^[\w.]+$/.test(action))).toEqual([])
  },
)

it('has the 48 actions of the Wherobots guide in its 12 types', () => {
  const { groups, actions } = WHEROBOTS_CATALOGUE
  const sizes = groups.map(({ name }) => actions.filter(({ group }) => group === name).length)
  expect(sizes).toEqual([2, 4, 7, 2, 3, 2, 3, 11, 5, 3, 2, 4])
  expect(actions).toHaveLength(48)
  expect(actions.filter(({ action }) => !/^(?:[A-Z][a-z]+)+$/.test(action))).toEqual([])
})

it.each(VENDOR_NAMES)('%s has every name that our own actions are shown by', (vendor) => {
  const published = READY_CATALOGUES.find((catalogue) => catalogue.vendor === vendor)?.actions
  const shown = Object.keys(SELF_ACTIONS).flatMap(
    (action) => vendorAction(action as keyof typeof SELF_ACTIONS, vendor) ?? [],
  )
  expect(shown.length).toBeGreaterThan(4)
  for (const name of shown) expect(published?.map(({ action }) => action)).toContain(name)
})
