import type { CustomTypesConfig } from 'pg'

const BOOL = 16
const BYTEA = 17
const INT8 = 20
const INT2 = 21
const INT4 = 23
const FLOAT4 = 700
const FLOAT8 = 701

/** How columns are read: numbers as numbers, `bytea` as Buffers, all else as text. */
export const typesOfColumns: CustomTypesConfig = {
  // The signature is the driver's; it asks for text alone, as its parser of messages knows nothing else.
  getTypeParser: ((type: number) => {
    switch (type) {
      case BOOL:
        return (text: string) => text === 't'
      case BYTEA:
        return bytesOf
      case INT8:
        return safeInteger
      case INT2:
      case INT4:
      case FLOAT4:
      case FLOAT8:
        return Number
      default:
        return String
    }
  }) as CustomTypesConfig['getTypeParser'],
}

/** `\x0aff` */
function bytesOf(text: string): Buffer {
  return Buffer.from(text.slice(2), 'hex')
}

function safeInteger(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number)) throw new RangeError(`${text} is no integer that a number holds`)
  return number
}
