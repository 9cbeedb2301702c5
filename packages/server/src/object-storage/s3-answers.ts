/** What is read of the XML that S3 answers: flat elements without attributes of interest. */

export interface ListedObject {
  readonly key: string
  readonly bytes: number
}

export interface Listing {
  readonly objects: readonly ListedObject[]
  /** The key after which the next page begins; undefined for none. */
  readonly next: string | undefined
}

/** Of ListObjects, asked with `encoding-type=url`; stores that do not know it answer plain keys. */
export function parseListing(xml: string): Listing {
  const isEncoded = elementOf(xml, 'EncodingType') === 'url'
  const objects = elementsOf(xml, 'Contents').map((element) => {
    const key = elementOf(element, 'Key') ?? ''
    return {
      key: isEncoded ? decodeURIComponent(key.replaceAll('+', '%20')) : key,
      bytes: Number(elementOf(element, 'Size')),
    }
  })
  const isCut = elementOf(xml, 'IsTruncated') === 'true'
  return { objects, next: isCut ? objects.at(-1)?.key : undefined }
}

/** Ids of the versions of `key` that are not the newest; of ListObjectVersions, asked without an encoding. */
export function parseOldVersions(xml: string, key: string): readonly string[] {
  return [...elementsOf(xml, 'Version'), ...elementsOf(xml, 'DeleteMarker')]
    .filter((element) => elementOf(element, 'Key') === key && elementOf(element, 'IsLatest') !== 'true')
    .map((element) => elementOf(element, 'VersionId') ?? '')
}

export function elementOf(xml: string, name: string): string | undefined {
  const content = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]
  return content === undefined ? undefined : decodeEntities(content)
}

function elementsOf(xml: string, name: string): readonly string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, 'g'))].map(
    ([, content = '']) => content,
  )
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }

function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi,
    (found, hex?: string, decimal?: string, name?: string) => {
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16))
      if (decimal !== undefined) return String.fromCodePoint(Number(decimal))
      return ENTITIES[name ?? ''] ?? found
    },
  )
}
