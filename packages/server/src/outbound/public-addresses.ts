import { BlockList, isIPv4, isIPv6 } from 'node:net'

// IANA's registries of special-purpose addresses: what leads nowhere on the public Internet, or back to ourselves.
const NOT_PUBLIC_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const
/** The only block of IPv6 that is given out; everything else, tunnels to IPv4 among it, is refused. */
const GLOBAL_V6 = '2000::/3'
const NOT_PUBLIC_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'] as const

const refusedV4 = blockList(NOT_PUBLIC_V4, 'ipv4')
const refusedV6 = blockList(NOT_PUBLIC_V6, 'ipv6')
const globalV6 = blockList([GLOBAL_V6], 'ipv6')

/** Whether an address is one of the public Internet. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !refusedV4.check(address, 'ipv4')
  return isIPv6(address) && globalV6.check(address, 'ipv6') && !refusedV6.check(address, 'ipv6')
}

function blockList(blocks: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList()
  for (const block of blocks) {
    const [address, bits] = block.split('/') as [string, string]
    list.addSubnet(address, Number(bits), family)
  }
  return list
}
