import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCidr, parseIpAddress } from './ip-address.js'

const hex = (bytes: Uint8Array | undefined) =>
  bytes && Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

describe('parseIpAddress', () => {
  it.each([
    ['0.0.0.0', '00000000000000000000ffff00000000'],
    ['203.0.113.7', '00000000000000000000ffffcb007107'],
    ['255.255.255.255', '00000000000000000000ffffffffffff'],
    ['::ffff:203.0.113.7', '00000000000000000000ffffcb007107'],
    ['::FFFF:cb00:7107', '00000000000000000000ffffcb007107'],
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['1::', '00010000000000000000000000000000'],
    ['2001:db8::8:800:200C:417A', '20010db80000000000080800200c417a'],
    ['2001:0db8:0000:0000:0008:0800:200c:417a', '20010db80000000000080800200c417a'],
    ['1:2:3:4:5:6:7::', '00010002000300040005000600070000'],
    ['::2:3:4:5:6:7:8', '00000002000300040005000600070008'],
    ['1:2:3:4:5:6:1.2.3.4', '00010002000300040005000601020304'],
    ['::1.2.3.4', '00000000000000000000000001020304'],
    ['1::5:1.2.3.4', '00010000000000000000000501020304'],
  ])('reads %s', (text, bytes) => {
    expect(hex(parseIpAddress(text))).toBe(bytes)
  })

  it.each([
    ...[
      '',
      ' ',
      '1.2.3',
      '1.2.3.4.5',
      '1.2.3.256',
      '01.2.3.4',
      '1.2.3.04',
      '1.2.3.4 ',
      '0x1.2.3.4',
      '1.2.3.-4',
      '16909060',
    ],
    ...[
      '1.2.3.',
      '.1.2.3',
      '1..2.3',
      '١.2.3.4',
      '1.2.3.4\n',
      '1.2.3.4:80',
      '[::1]',
      '::1%eth0',
      'fe80::1%1',
      ':',
      ':::',
      '1:2',
    ],
    ...[
      '1::2::3',
      '1:2:3:4:5:6:7:8:9',
      '1:2:3:4:5:6:7:8::',
      '::1:2:3:4:5:6:7:8',
      '1:2:3:4::5:6:7:8',
      '12345::',
      'g::',
      '1:2:3:4:5:6:7:',
    ],
    ...[
      ':1:2:3:4:5:6:7',
      '1.2.3.4::',
      '::1.2.3.4:5',
      '1:2:3:4:5:6:7:1.2.3.4',
      '::01.2.3.4',
      '::1.2.3',
      '::1 ',
      'localhost',
      '::/0',
    ],
    `::${'0'.repeat(100_000)}`,
  ])('refuses %j', (text) => {
    expect(parseIpAddress(text)).toBeUndefined()
  })

  it('reads every address in each of its spellings', () => {
    const property = fc.property(fc.oneof(fc.ipV6(), fc.ipV4()), (text) => {
      expect(parseIpAddress(text)).toHaveLength(16)
      expect(hex(parseIpAddress(text.toUpperCase()))).toBe(hex(parseIpAddress(text)))
    })
    fc.assert(property, { numRuns: 3_000 })
    const groups = fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 })
    const written = fc.property(groups, (values) => {
      const full = values.map((value) => value.toString(16).padStart(4, '0'))
      expect(hex(parseIpAddress(full.join(':')))).toBe(full.join(''))
      expect(hex(parseIpAddress(values.map((value) => value.toString(16)).join(':')))).toBe(full.join(''))
    })
    fc.assert(written)
  })
})

describe('parseCidr', () => {
  it.each([
    ['203.0.113.0/24', '00000000000000000000ffffcb007100', 120],
    ['0.0.0.0/0', '00000000000000000000ffff00000000', 96],
    ['203.0.113.7/32', '00000000000000000000ffffcb007107', 128],
    ['203.0.113.128/25', '00000000000000000000ffffcb007180', 121],
    ['::ffff:203.0.113.0/120', '00000000000000000000ffffcb007100', 120],
    ['::/0', '00000000000000000000000000000000', 0],
    ['::1/128', '00000000000000000000000000000001', 128],
    ['2001:db8::/32', '20010db8000000000000000000000000', 32],
    ['8000::/1', '80000000000000000000000000000000', 1],
  ])('reads %s', (text, bytes, bits) => {
    const block = parseCidr(text)
    expect([hex(block?.bytes), block?.bits]).toEqual([bytes, bits])
  })

  it.each([
    ...[
      '203.0.113.7',
      '203.0.113.1/24',
      '203.0.113.0/33',
      '203.0.113.0/024',
      '203.0.113.0/',
      '203.0.113.0/-1',
      '/24',
    ],
    ...[
      '203.0.113.0/ 24',
      '203.0.113.0/24/24',
      '203.0.113.0/2a',
      '203.0.113/24',
      '::/129',
      '::1/127',
      'c000::/1',
      '::/1e1',
    ],
    ...['203.0.113.128/24', '0.0.0.1/0', '203.0.113.0/1000', ''],
  ])('refuses %j', (text) => {
    expect(parseCidr(text)).toBeUndefined()
  })
})
