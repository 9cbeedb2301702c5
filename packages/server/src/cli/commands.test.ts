import { expect, it } from 'vitest'
import { allCommands, COMMAND_NAMES, findCommand } from './commands.js'

it('every command is listed under its own name, and found by it, whatever follows', async () => {
  expect((await allCommands()).map(({ name }) => name)).toEqual(COMMAND_NAMES)
  for (const name of COMMAND_NAMES)
    expect((await findCommand([...name.split(' '), '--json']))?.name).toBe(name)
})

it('the longest name wins', async () => {
  expect((await findCommand(['erase', 'list']))?.name).toBe('erase list')
  expect((await findCommand(['erase', 'lists']))?.name).toBe('erase')
  expect(await findCommand(['erasing'])).toBeUndefined()
})
