import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { placesIn } from '@counterfoil/server/dist/service/store-places.js'
import { resolveSettings, SETTINGS } from '@counterfoil/server/dist/settings/settings.js'
import { openTestServer, type TestServer } from '@counterfoil/server/dist/testing/test-server.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseAllDocuments, parseDocument } from 'yaml'
import { ROOT } from '../tidy/source-tree.js'

// Nothing here starts a container: that takes a daemon. What the files say is held against what the server knows.

const at = (...names: readonly string[]) => join(ROOT, ...names)
const read = (...names: readonly string[]) => readFileSync(at(...names), 'utf8')

const FILES = readdirSync(at('deploy'), { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(?:ya?ml|json|service|env)$/.test(name))
  .map((name) => join('deploy', name))
const YAML = FILES.filter((name) => /\.ya?ml$/.test(name))

const VARIABLES = new Set(Object.values(SETTINGS).map(({ variable }) => variable))
const ROUTES = new Set(['/healthz', '/readyz', '/metrics'])

interface Container {
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
  readonly env: readonly { readonly name: string }[]
  readonly [probe: string]: unknown
}

function workloads(): readonly { spec: { template: { spec: { containers: readonly Container[] } } } }[] {
  return YAML.filter((name) => name.includes('kubernetes'))
    .flatMap((name) => parseAllDocuments(read(name)).map((document) => document.toJS()))
    .filter(({ kind }) => kind === 'StatefulSet' || kind === 'Deployment')
}

describe('files for deploying', () => {
  it.each(YAML)('%s is YAML without a mistake', (name) => {
    for (const document of parseAllDocuments(read(name))) {
      expect([...document.errors, ...document.warnings].map(({ message }) => message)).toEqual([])
      expect(document.toJS()).toEqual(expect.any(Object))
    }
  })

  it.each(['Dockerfile', ...FILES])('%s sets nothing that the server does not know', (name) => {
    const named = [...read(name).matchAll(/\bCOUNTERFOIL_[A-Z0-9_]+/g)].map(([variable]) => variable)
    expect(named.filter((variable) => !VARIABLES.has(variable))).toEqual([])
  })

  it('has probes of routes that the server has, on the port that it listens on', () => {
    expect(workloads().length).toBeGreaterThan(0)
    for (const { spec } of workloads()) {
      for (const container of spec.template.spec.containers) {
        const [port] = container.ports
        expect(port?.containerPort).toBe(SETTINGS.port.fallback)
        for (const name of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
          const { httpGet } = container[name] as { httpGet: { path: string; port: string } }
          expect(ROUTES).toContain(httpGet.path)
          expect(httpGet.port).toBe(port?.name)
        }
      }
    }
  })

  it('gives the server longer to stop than draining and closing take', () => {
    const closingSeconds = 25
    const kubernetes = workloads()[0] as never as {
      spec: {
        template: { spec: { terminationGracePeriodSeconds: number; containers: readonly Container[] } }
      }
    }
    const { terminationGracePeriodSeconds, containers } = kubernetes.spec.template.spec
    const drain = containers[0]?.env.find(({ name }) => name === 'COUNTERFOIL_DRAIN_SECONDS') as {
      value?: string
    }
    expect(terminationGracePeriodSeconds).toBeGreaterThan(Number(drain.value) + closingSeconds)
    const { services } = parseDocument(read('deploy', 'compose.yaml')).toJS()
    const { stop_grace_period: grace, environment } = services.counterfoil
    expect(Number.parseInt(grace, 10)).toBeGreaterThan(
      Number(environment.COUNTERFOIL_DRAIN_SECONDS) + closingSeconds,
    )
    const unit = read('deploy', 'systemd', 'counterfoil.service')
    const seconds = (pattern: RegExp) => Number(pattern.exec(unit)?.[1])
    expect(seconds(/TimeoutStopSec=(\d+)/)).toBeGreaterThan(seconds(/DRAIN_SECONDS=(\d+)/) + closingSeconds)
  })

  it('runs as nobody in particular, on the Node.js that is tested', () => {
    const dockerfile = read('Dockerfile')
    expect(dockerfile).toMatch(/^USER 10001:10001$/m)
    expect(dockerfile.match(/^FROM node:(\d+)/gm)).toEqual(['FROM node:24', 'FROM node:24'])
    expect(dockerfile.indexOf('USER 10001')).toBeLessThan(dockerfile.indexOf('ENTRYPOINT'))
    for (const { spec } of workloads()) expect(JSON.stringify(spec)).toContain('"runAsNonRoot":true')
  })

  it('is checked by Prometheus: rules and their expressions', ({ skip }) => {
    const rules = spawnSync('promtool', ['check', 'rules', at('deploy', 'prometheus', 'alerts.yaml')], {
      encoding: 'utf8',
    })
    if (rules.error !== undefined) skip('there is no promtool here')
    expect([rules.status, rules.stdout + rules.stderr]).toEqual([0, expect.stringContaining('SUCCESS')])
  })

  const hasSystemd = spawnSync('systemd-analyze', ['--version']).error === undefined
  it.skipIf(!hasSystemd)('has a unit that systemd understands', () => {
    const unit = at('deploy', 'systemd', 'counterfoil.service')
    const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' })
    // A command that is not installed here is no mistake of the unit.
    const mistakes = stderr.split('\n').filter((line) => line.includes('counterfoil.service:'))
    expect(mistakes).toEqual([])
  })
})

describe('several processes in deploy/cluster', () => {
  interface Service {
    readonly environment?: Readonly<Record<string, string>>
    readonly volumes?: readonly string[]
    readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>
    readonly stop_grace_period?: string
  }
  const text = read('deploy', 'cluster', 'compose.yaml')
  const { services, volumes } = parseDocument(text, { merge: true }).toJS() as {
    services: Readonly<Record<string, Service>>
    volumes: Readonly<Record<string, unknown>>
  }
  const servers = Object.entries(services).filter(
    ([, { environment }]) => environment?.COUNTERFOIL_DATABASE_URL !== undefined,
  )

  it('have all but the data directory in common', () => {
    expect(servers).toHaveLength(2)
    const [one, other] = servers.map(([, server]) => server) as [Service, Service]
    expect(one.environment).toEqual(other.environment)
    expect(one.volumes).not.toEqual(other.volumes)
    const [name] = workloads().filter(({ spec }) => JSON.stringify(spec).includes('COUNTERFOIL_DATABASE_URL'))
    const named = name?.spec.template.spec.containers[0]?.env.map((variable) => variable.name)
    const own = ['COUNTERFOIL_ORIGIN', 'COUNTERFOIL_PUBLIC_URL']
    expect(named?.toSorted()).toEqual(
      [...new Set([...own, ...Object.keys(one.environment ?? {})])].toSorted(),
    )
  })

  it('are given settings that the server takes, for stores that are shared', () => {
    const entries = Object.entries(servers[0]?.[1].environment ?? {}).map(([name, value]) => [
      name,
      value.replaceAll(/\$\{\w+:-\}/g, '').replaceAll(/\$\{\w+:[^}]*\}/g, 'x'),
    ])
    const filled = Object.fromEntries(entries.filter(([, value]) => value !== ''))
    const places = placesIn(resolveSettings({}, filled, {}).values)
    expect(Object.values(places).map(({ kind }) => kind)).toEqual([
      ...['postgres', 'postgres', 'postgres', 's3', 'postgres'],
    ])
  })

  it('name services, volumes and values that are there', () => {
    const named = Object.values(services).flatMap(({ volumes: own = [], depends_on = [] }) => [
      ...own.filter((volume) => !volume.startsWith('./')).map((volume) => [volume.split(':')[0], volumes]),
      ...(Array.isArray(depends_on) ? depends_on : Object.keys(depends_on)).map((name) => [name, services]),
    ]) as [string, object][]
    expect(named.length).toBeGreaterThan(10)
    for (const [name, where] of named) expect(Object.keys(where)).toContain(name)
    const asked = new Set([...text.matchAll(/\$\{(\w+):/g)].map(([, name]) => name))
    const example = [...read('deploy', 'cluster', 'example.env').matchAll(/^(\w+)=/gm)].map(
      ([, name]) => name,
    )
    expect(example.toSorted()).toEqual([...asked].toSorted())
    const hosts = [...text.matchAll(/(?:@|:\/\/)([a-z]+):\d+/g)].map(([, host]) => host as string)
    for (const host of new Set(hosts)) expect(Object.keys(services)).toContain(host)
  })

  it('stop within their time, behind a balancer that knows them', ({ skip }) => {
    const closingSeconds = 25
    for (const [, { stop_grace_period: grace = '', environment }] of servers)
      expect(Number.parseInt(grace, 10)).toBeGreaterThan(
        Number(environment?.COUNTERFOIL_DRAIN_SECONDS) + closingSeconds,
      )
    const balancer = read('deploy', 'cluster', 'haproxy.cfg')
    const known = [...balancer.matchAll(/^ {4}server (\S+) (\S+) check$/gm)].map(([, name, to]) => [name, to])
    expect(known).toEqual(servers.map(([name]) => [name, `${name}:${SETTINGS.port.fallback}`]))
    const file = at('deploy', 'cluster', 'haproxy.cfg')
    const checked = spawnSync('haproxy', ['-c', '-f', file], { encoding: 'utf8' })
    if (checked.error !== undefined) skip('there is no haproxy here')
    expect([checked.status, checked.stderr]).toEqual([0, expect.not.stringContaining('WARNING')])
  })
})

describe('what is watched', () => {
  let server: TestServer
  const exported = new Set<string>()
  beforeAll(async () => {
    server = await openTestServer()
    const key = await server.makeKey()
    await server.call(key, 'POST', '/v1/audit_log_entries', { action: 'a.b' })
    await server.call(key, 'GET', '/v1/audit_log_entries')
    await server.call(undefined, 'GET', '/v1/audit_log_entries')
    const { body } = await server.call(undefined, 'GET', '/metrics')
    for (const [, name] of (body as string).matchAll(/^([a-z_:][a-z0-9_:]*)(?:\{| )/gm))
      exported.add(name as string)
  }, 60_000)
  afterAll(() => server.close())

  const namesIn = (text: string) => [...new Set(text.match(/\bcounterfoil_[a-z0-9_]+/g))]
  const alerts = () =>
    parseDocument(read('deploy', 'prometheus', 'alerts.yaml'))
      .toJS()
      .groups.flatMap(({ rules }: { rules: unknown[] }) => rules) as {
      alert: string
      expr: string
      labels: { severity: string }
      annotations: { summary: string }
    }[]
  const panels = () =>
    JSON.parse(read('deploy', 'grafana', 'counterfoil.json')).panels as {
      id: number
      type: string
      title: string
      targets?: { expr: string }[]
    }[]

  it('is exported by a running server: every metric of every alert', () => {
    expect(alerts().length).toBeGreaterThan(10)
    const missing = alerts()
      .flatMap(({ expr }) => namesIn(expr))
      .filter((name) => !exported.has(name))
    expect(missing).toEqual([])
  })

  it('is exported by a running server: every metric of every panel, and each panel has one', () => {
    const charts = panels().filter(({ type }) => type !== 'row')
    expect(charts.length).toBeGreaterThan(15)
    for (const { title, targets = [] } of charts)
      for (const { expr } of targets) expect(namesIn(expr).length, title).toBeGreaterThan(0)
    const missing = namesIn(read('deploy', 'grafana', 'counterfoil.json')).filter(
      (name) => !exported.has(name),
    )
    expect(missing).toEqual([])
    expect(new Set(panels().map(({ id }) => id)).size).toBe(panels().length)
  })

  it('has balanced expressions, and an entry in the table of what to do for every alert', () => {
    const guide = read('docs', 'operations.md')
    for (const { alert, expr, labels } of alerts()) {
      for (const [open, close] of ['()', '{}', '[]'])
        expect(expr.split(open as string).length, expr).toBe(expr.split(close as string).length)
      expect(guide, alert).toContain(`| \`${alert}\` | ${labels.severity} |`)
    }
  })
})
