import { reference, type Schema } from '../../http/openapi.js'

// Parts of which the schemas of the administration are made.

export const text: Schema = { type: 'string' }
export const textOrNull: Schema = { type: ['string', 'null'] }
export const uuid: Schema = { type: 'string', format: 'uuid' }
export const time: Schema = { type: 'string', format: 'date-time' }
export const timeOrNull: Schema = { type: ['string', 'null'], format: 'date-time' }
export const texts = (choices: readonly string[]): Schema => ({
  type: 'array',
  items: { type: 'string', enum: choices },
})

export function object(name: string, properties: Readonly<Record<string, Schema>>): Schema {
  return {
    type: 'object',
    required: ['object', ...Object.keys(properties)],
    properties: { object: { const: name }, ...properties },
  }
}

export function list(of: string): Schema {
  return object('list', {
    data: { type: 'array', items: reference(of) },
    has_more: { type: 'boolean' },
    next_cursor: textOrNull,
  })
}
