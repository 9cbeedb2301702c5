import { type Cidr, parseCidr, parseIpAddress } from '@counterfoil/core'

/** How an address or block is kept; undefined when the text is neither. */
export function normaliseBlock(text: string): string | undefined {
  return toBlock(text.trim()) === undefined ? undefined : text.trim().toLowerCase()
}

/** Whether an address lies in one of the blocks. A text that is no address lies in none. */
export function isInBlocks(blocks: readonly string[], address: string): boolean {
  const bytes = parseIpAddress(address)
  return bytes !== undefined && blocks.some((text) => contains(toBlock(text), bytes))
}

function toBlock(text: string): Cidr | undefined {
  if (text.includes('/')) return parseCidr(text)
  const bytes = parseIpAddress(text)
  return bytes === undefined ? undefined : { bytes, bits: 128 }
}

function contains(block: Cidr | undefined, address: Uint8Array): boolean {
  if (block === undefined) return false
  return block.bytes.every((byte, index) => {
    const kept = Math.min(8, Math.max(0, block.bits - index * 8))
    return (byte ^ (address[index] as number)) >> (8 - kept) === 0
  })
}
