import { createHash } from 'node:crypto'

/**
 * Integers that stand for texts, for APIs whose ids are 32-bit integers. Within an organization and a kind each text
 * has one integer and each integer one text, for ever: both modes share them, and none is used again.
 *
 * A text that is itself a whole number from 0 to 999,999,999, without leading zeros, keeps that number. Any other gets
 * one from 1,000,000,000 to 2,147,483,647 that is derived from kind and text alone, or the next free one after it: so
 * the same text nearly always gets the same integer again, on another server or after a restored backup.
 */
export interface IntegerIds {
  /** The integers of `texts`, in their order, assigned where there are none; durable once it resolves. */
  assign(organizationId: string, kind: string, texts: readonly string[]): Promise<readonly number[]>
  close(): Promise<void>
}

/** First of the integers that are assigned. */
export const ASSIGNED_ID_MIN = 1_000_000_000
/** Largest integer of GraphQL's `Int`. */
export const INTEGER_ID_MAX = 2_147_483_647

/** The number that a text keeps because it is one; undefined for any other. */
export function ownNumber(text: string): number | undefined {
  return /^(?:0|[1-9]\d{0,8})$/.test(text) ? Number(text) : undefined
}

/** Where a text's search for a number begins: 48 bits of SHA-256, folded into what there is. */
export function derivedNumber(kind: string, text: string): number {
  const hash = createHash('sha256').update(`${kind}\n${text}`).digest()
  return ASSIGNED_ID_MIN + (hash.readUIntBE(0, 6) % (INTEGER_ID_MAX - ASSIGNED_ID_MIN + 1))
}
