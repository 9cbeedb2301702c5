import type { Ed25519Case } from './ed25519-cases.js'

// Of the 151 cases of Ed25519 that Project Wycheproof has published (github.com/C2SP/wycheproof, Apache-2.0,
// testvectors_v1/ed25519_test.json) the numbers 1 to 70, 84 and 85: all kinds of signatures that must be refused are among them. What is left
// out are further valid ones.

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const KEY = '7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa'

/** 1 to 9. */
const VALID: readonly (readonly [message: string, signature: string])[] = [
  [
    '',
    'd4fbdb52bfa726b44d1786a8c0d171c3e62ca83c9e5bbe63de0bb2483f8fd6cc1429ab72cafc41ab56af02ff8fcc43b99bfe4c7ae940f60f38ebaa9d311c4007',
  ],
  [
    '78',
    'd80737358ede548acb173ef7e0399f83392fe8125b2ce877de7975d8b726ef5b1e76632280ee38afad12125ea44b961bf92f1178c9fa819d020869975bcbe109',
  ],
  [
    '54657374',
    '7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab07a9155711ecfaf7f99f277bad0c6ae7e39d4eef676573336a5c51eb6f946b30d',
  ],
  [
    '48656c6c6f',
    '1c1ad976cbaae3b31dee07971cf92c928ce2091a85f5899f5e11ecec90fc9f8e93df18c5037ec9b29c07195ad284e63d548cd0a6fe358cc775bd6c1608d2c905',
  ],
  [
    '313233343030',
    '657c1492402ab5ce03e2c3a7f0384d051b9cf3570f1207fc78c1bcc98c281c2bf0cf5b3a289976458a1be6277a5055545253b45b07dcc1abd96c8b989c00f301',
  ],
  [
    '000000000000000000000000',
    'd46543bfb892f84ec124dcdfc847034c19363bf3fc2fa89b1267833a14856e52e60736918783f950b6f1dd8d40dc343247cd43ce054c2d68ef974f7ed0f3c60f',
  ],
  [
    '61'.repeat(65),
    '879350045543bc14ed2c08939b68c30d22251d83e018cacbaf0c9d7a48db577e80bdf76ce99e5926762bc13b7b3483260a5ef63d07e34b58eb9c14621ac92f00',
  ],
  [
    Array.from({ length: 65 }, (_, i) => (0x20 + i).toString(16)).join(''),
    '7bdc3f9919a05f1d5db4a3ada896094f6871c1f37afc75db82ec3147d84d6f237b7e5ecc26b59cfea0c7eaf1052dc427b0f724615be9c3d3e01356c65b9b5109',
  ],
  [
    'ff'.repeat(16),
    '5dbd7360e55aa38e855d6ad48c34bd35b7871628508906861a7c4776765ed7d1e13d910faabd689ec8618b78295c8ab8f0e19c8b4b43eb8685778499e943ae04',
  ],
]
const signatureOf = (tcId: number) => VALID[tcId - 1]?.[1] ?? ''

/** 10 to 29: 0, 1, the group's order less one, the order, the field's prime; for R without the order less one. */
const SPECIAL = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  'ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010',
  'edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010',
  `ed${'ff'.repeat(30)}7f`,
] as const

/** 30 to 37, of the signature 3: cut off, or with something more in it. */
const R3 = signatureOf(3).slice(0, 64)
const S3 = signatureOf(3).slice(64)
const LENGTHS = ['', R3, signatureOf(3).slice(0, -4), `${signatureOf(3)}2020`, signatureOf(3) + KEY]
const ZEROS = [`00${signatureOf(3)}`, `${R3}00${S3}`, `${signatureOf(3)}00`]

/** 38 to 41: a byte less. */
const SHORTENED = [
  [
    '546573743137',
    '93de3ca252426c95f735cb9edd92e83321ac62372d5aa5b379786bae111ab6b17251330e8f9a7c30d6993137c596007d7b001409287535ac4804e662bc58a3',
  ],
  [
    '54657374313236',
    'dffed33a7f420b62bb1731cfd03be805affd18a281ec02b1067ba6e9d20826569e742347df59c88ae96db1f1969fb189b0ec34381d85633e1889da48d95e0e',
  ],
  [
    '546573743530',
    '6e170c719577c25e0e1e8b8aa7a6346f8b109f37385cc2e85dc3b4c0f46a9c6bcafd67f52324c5dbaf40a1b673fb29c4a56052d2d6999d0838a8337bccb502',
  ],
  [
    '54657374333437',
    'b0928b46e99fbbad3f5cb502d2cd309d94a7e86cfd4d84b1fcf4cea18075a9c36993c0582dba1e9e519fae5a8654f454201ae0c3cb397c37b8f4f8eef18400',
  ],
] as const

/** 42 to 59: a bit of R of the signature 5 is another, and S such that only who ignores that bit takes it. */
const R5 = signatureOf(5).slice(0, 64)
const BITS_OF_R: readonly (readonly [bit: number, s: string])[] = [
  [0, '1d125e5538f38afbcc1c84e489521083041d24bc6240767029da063271a1ff0c'],
  [1, 'c108ca4b87a49c9ed2cf383aecad8f54a962b2899da891e12004d7993a627e01'],
  [2, '9ce23fc6213ed5b87912e9bbf92f5e2c780eae26d15c50a112d1e97d2ea33c06'],
  [7, 'bb3eb51cd98dddb235a5f46f2bded6af184a58d09cce928bda43f41d69118a03'],
  [8, 'cd237dda9a116501f67a5705a854b9adc304f34720803a91b324f2c13e0f5a09'],
  [16, '6b167bbdc0d881cc04d28905552c1876f3709851abc5007376940cc8a435c300'],
  [31, '7fd2ac7da14afffcceeb13f2a0d6b887941cb1a5eb57a52f3cb131a16cce7b0e'],
  [32, '7373ba13ebbef99cd2a8ead55ce735c987d85a35320925a8e871702dc7c5c40d'],
  [63, 'd35bd331c03f0855504ca1cab87b83c36a028425a3cf007ede4f4254c261cb00'],
  [64, 'cb35101f73cf467deac8c1a03b6c3dc35af544132734b7e57ab20c89b2e4750d'],
  [97, 'b58d2e8878290bff8d3355fdd4ea381924ee578752354eb6dee678ab4011c301'],
  [127, 'b978c866187ffb1cc7b29a0b4045aefc08768df65717194ff0c6e63f4dea0d02'],
  [240, '0576ecf8eaf675f00f3dfbe19f75b83b7607a6c96414f6821af920a2498d0305'],
  [247, 'e5241a345c7b5428054c74b7c382fa10d4a5f1e8f8b79a71d3fdea2254f1ff0e'],
  [248, '63950c85cd6dc96364e768de50ff7732b538f8a0b1615d799190ab600849230e'],
  [253, '543bd3da0a56a8c9c152f59c9fec12f31fa66434d48b817b30d90cb4efa8b501'],
  [254, '8da07efd07a6dafb015ed6a32fe136319a972ffbc341f3a0beae97ccf8136505'],
  [255, '227aedf259f910f0f3a759a335062665217925d019173b88917eae294f75d40f'],
]
const OTHER_R = [
  `${'00'.repeat(32)}e0b8e7770d51c7a36375d006c5bffd6af43ff54aaf47e4330dc118c71d61ec02`,
  `${'ff'.repeat(32)}463a1908382e7eb7693acef9884f7cf931a215e0791876be22c631a59881fd0e`,
  '9a83eb6dbfd54a31fc1d3c580fc7b2fae4630ca8f0edf803873e433673d7e3d40e94254586cb6188c5386c3febed477cb9a6cb29e3979adc4cb27cf5278fb70a',
]

/** 63 to 70: S of the signature 3 with multiples of the order added, powers of two, the prime. */
const MALLEABLE_S = [
  '67654bce3832c2d76f8f6f5dafc08d9339d4eef676573336a5c51eb6f946b31d',
  '5439412b5395d42f462c67008eba6ca839d4eef676573336a5c51eb6f946b32d',
  '2ee12ce5875bf9dff26556464bae2ad239d4eef676573336a5c51eb6f946b34d',
  'e2300459f1e742404cd934d2c595a6253ad4eef676573336a5c51eb6f946b38d',
  '7a9155711ecfaf7f99f277bad0c6ae7e39d4eef676573336a5c51eb6f946b32d',
  '7a9155711ecfaf7f99f277bad0c6ae7e39d4eef676573336a5c51eb6f946b34d',
  '7a9155711ecfaf7f99f277bad0c6ae7e39d4eef676573336a5c51eb6f946b38d',
  '679155711ecfaf7f99f277bad0c6ae7e39d4eef676573336a5c51eb6f946b38d',
]

/** 84 and 85: S right below the order, and right above it. */
const BOUND_KEY = '100fdf47fb94f1536a4f7c3fda27383fa03375a8f527c537e6f1703c47f94f86'
const BELOW = [
  '124e583f8b8eca58bb29c271b41d36986bbc45541f8e51f9cb0133eca447601e',
  'dac119d6ca87fc59ae611c157048f4d4fc932a149dbe20ec6effd1436abf83ea05c7df0fef06147241259113909bc71bd3c53ba4464ffcad3c0968f2ffffff0f',
] as const
const ABOVE = [
  '6a0bc2b0057cedfc0fa2e3f7f7d39279b30f454a69dfd1117c758d86b19d85e0',
  '0971f86d2c9c78582524a103cb9cf949522ae528f8054dc20107d999be673ff4e25ebf2f2928766b1248bec6e91697775f8446639ede46ad4df4053000000010',
] as const

function withBit(hex: string, bit: number): string {
  const flipped = bytes(hex)
  flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
  return Buffer.from(flipped).toString('hex')
}

/** The cases in the order of their numbers. */
export function wycheproofCases(): readonly Ed25519Case[] {
  const cases: Ed25519Case[] = []
  const add = (message: string, signature: string, isValid: boolean, key = KEY) =>
    cases.push({
      name: `Wycheproof ${cases.length < 70 ? cases.length + 1 : cases.length + 14}`,
      publicKey: bytes(key),
      message: bytes(message),
      signature: bytes(signature),
      isValid,
    })
  for (const [message, signature] of VALID) add(message, signature, true)
  for (const r of SPECIAL.filter((_, i) => i !== 2)) for (const s of SPECIAL) add('3f', r + s, false)
  for (const signature of [...LENGTHS, ...ZEROS]) add('54657374', signature, false)
  for (const [message, signature] of SHORTENED) add(message, signature, false)
  for (const [bit, s] of BITS_OF_R) add('313233343030', withBit(R5, bit) + s, false)
  for (const signature of OTHER_R) add('313233343030', signature, false)
  for (const s of MALLEABLE_S) add('54657374', R3 + s, false)
  add(...BELOW, true, BOUND_KEY)
  add(...ABOVE, false, BOUND_KEY)
  return cases
}
