import { AppError, ERRORS, type ErrorCode } from '@counterfoil/core'
import type { FastifyRequest } from 'fastify'
import { describe, expect, it } from 'vitest'
import { STATUS } from '../../http/status.js'
import { ERROR_CLASSES, errorClass, toErrorBody } from './errors.js'

const REQUEST = { id: 'req_1', url: '/audit-log?size=x' } as FastifyRequest
const answerOf = (error: AppError, suggestion = 'ours') => toErrorBody(error, REQUEST, () => suggestion)

describe('a failure', () => {
  it.each(Object.keys(ERRORS) as ErrorCode[])(
    '%s has one of the sixteen classes and a status that fits',
    (code) => {
      const { status, body } = answerOf(new AppError(code))
      expect(ERROR_CLASSES).toHaveLength(16)
      expect(ERROR_CLASSES).toContain(errorClass(code))
      expect(status).toBe(errorClass(code) === 'INVALID_INPUT_ERROR' ? 422 : STATUS[code])
      expect(body).toMatchObject({
        errors: [{ code: errorClass(code), message: ERRORS[code], path: '/audit-log', field: null }],
        requestId: 'req_1',
      })
    },
  )

  it('says what is wrong and names the field, never the cause', () => {
    const error = new AppError('invalid_request', { param: 'size', hint: 'No.', cause: new Error('private') })
    const { body } = answerOf(error)
    expect(body).toMatchObject({ errors: [{ details: 'No.', path: 'query.size', field: 'size' }] })
    expect(JSON.stringify(body)).not.toContain('private')
  })

  it('sends people to the vendor only when the switch says so', () => {
    const error = new AppError('internal_error')
    expect(JSON.stringify(answerOf(error).body)).not.toContain('wherobots')
    expect(JSON.stringify(answerOf(error, 'vendor').body)).toContain('support@wherobots.com')
  })
})
