import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EventStoreDBClient } from '@eventstore/db-client';
import { Ajv } from 'ajv';
import { DockerfileParser } from 'dockerfile-ast';
import { describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import manifest from '../../package.json' with { type: 'json' };
import { readConfig } from '../../src/config.ts';

const file = readFileSync('docker-compose.yml', 'utf8');
const document: unknown = parse(file, { merge: true });

/** What these tests check; the specification’s own schema checks the rest. */
const service = z.object({
  image: z.string(),
  build: z.string().optional(),
  pull_policy: z.string().optional(),
  profiles: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  read_only: z.boolean().default(false),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
});
type Service = z.infer<typeof service>;
const compose = z
  .object({ services: z.record(z.string(), service), volumes: z.record(z.string(), z.null()) })
  .parse(document);
const services = Object.entries(compose.services);

/** A value if nothing is set in the shell: `${NAME:-default}` is its default. */
const interpolated = (value: string): string => value.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');
const environmentOf = ({ environment }: Service) =>
  Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, interpolated(value)]));

const isInCluster = ({ profiles }: Service): boolean => profiles.includes('cluster');
const isRegistry = ({ image }: Service): boolean => image.startsWith(`${manifest.name}:`);

/** A service, and directly or indirectly every service that it waits for. */
const withDependencies = (name: string): readonly string[] => [
  name,
  ...Object.keys(compose.services[name]?.depends_on ?? {}).flatMap(withDependencies),
];

const dockerfile = DockerfileParser.parse(readFileSync('Dockerfile', 'utf8'));
const imageSettings = Object.fromEntries(
  dockerfile
    .getENVs()
    .flatMap((each) => each.getProperties())
    .map((each) => [each.getName(), each.getValue() ?? '']),
);

/** A full version or, for Debian, the day of the image. */
const pinned = /^[a-z0-9./-]+:(\d+\.\d+\.\d+(-[a-z0-9.-]+)?|[a-z]+-\d{8}-slim)$/;

describe('docker-compose.yml', () => {
  test('is valid by the schema of the Compose specification', () => {
    const folder = new URL('./schemas/', import.meta.resolve('dclint/package.json'));
    const schema = JSON.parse(readFileSync(fileURLToPath(new URL('compose.schema.json', folder)), 'utf8'));
    expect(schema.title).toBe('Compose Specification');
    const { $schema: _, ...rules } = schema;
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(rules);
    validate(document);
    expect(validate.errors ?? []).toEqual([]);
    validate({ services: { registry: { image: 'registry', restart_policy: 'always' } } });
    expect(validate.errors).not.toBeNull();
  });

  test.each(services)('%s: its image is pinned to one version', (_, { image }) => {
    expect(image).toMatch(pinned);
  });

  test.each([false, true])(
    'one service builds the image, and no other builds or pulls it (in the cluster: %s)',
    (inCluster) => {
      const nodes = services
        .map(([, each]) => each)
        .filter((each) => isRegistry(each) && isInCluster(each) === inCluster);
      expect(nodes.filter(({ build }) => build !== undefined)).toHaveLength(1);
      for (const { build, pull_policy } of nodes) expect(pull_policy).toBe(build === undefined ? 'never' : undefined);
    },
  );

  test('every node of the store runs the same image, and the registry’s image has the package’s version', () => {
    const stores = services.filter(([name]) => name.startsWith('store'));
    expect(stores).toHaveLength(4);
    expect(new Set(stores.map(([, { image }]) => image)).size).toBe(1);
    for (const [, { image }] of services.filter(([, each]) => isRegistry(each)))
      expect(image).toBe(`${manifest.name}:${manifest.version}`);
  });

  test.each(services)(
    '%s: it has a health check, or others wait until it has ended successfully',
    (name, { healthcheck }) => {
      const waits = services.flatMap(([, each]) => each.depends_on[name]?.condition ?? []);
      const isOneShot = waits.length > 0 && waits.every((each) => each === 'service_completed_successfully');
      expect(healthcheck !== undefined).toBe(!isOneShot);
    },
  );

  test.each(services)(
    '%s: what it waits for exists, is in the same profile, and reports when it is ready',
    (_, each) => {
      for (const [name, { condition }] of Object.entries(each.depends_on)) {
        const other = compose.services[name];
        expect(other && isInCluster(other)).toBe(isInCluster(each));
        expect(condition).toBe(other?.healthcheck ? 'service_healthy' : 'service_completed_successfully');
      }
    },
  );

  test('docker compose up starts one node of the store and one of the registry', () => {
    expect(services.filter(([, each]) => !isInCluster(each)).map(([name]) => name)).toEqual(['store', 'registry']);
  });

  test('docker compose --profile cluster up proxy starts the whole cluster and nothing else', () => {
    expect(new Set(withDependencies('proxy'))).toEqual(
      new Set(services.filter(([, each]) => isInCluster(each)).map(([name]) => name)),
    );
  });

  test('the cluster shares no volume and no port with the services outside it', () => {
    const named = (each: Service) => each.volumes.map((volume) => volume.split(':')[0] ?? '');
    const used = (inCluster: boolean) =>
      services
        .filter(([, each]) => isInCluster(each) === inCluster)
        .flatMap(([, each]) => [...named(each), ...each.ports.map((port) => port.split(':')[1] ?? '')]);
    const [single, cluster] = [new Set(used(false)), new Set(used(true))];
    expect([...single].filter((each) => cluster.has(each))).toEqual([]);
    const volumes = [...single, ...cluster].filter((each) => /^[a-z]/.test(each));
    expect(new Set(volumes)).toEqual(new Set(Object.keys(compose.volumes)));
  });

  test('ports are published only to this machine', () => {
    const ports = services.flatMap(([, each]) => each.ports);
    expect(ports.length).toBeGreaterThan(0);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  test('a file that is mounted from this repository exists', () => {
    const mounted = services.flatMap(([, each]) => each.volumes.filter((volume) => volume.startsWith('.')));
    expect(mounted.length).toBeGreaterThan(0);
    for (const volume of mounted) expect(existsSync(volume.split(':')[0] ?? ''), volume).toBe(true);
  });

  describe.each(services.filter(([, each]) => isRegistry(each)))('%s', (_, each) => {
    test('gets only settings that the registry knows, with valid values', () => {
      const { warnings, config } = readConfig({ ...imageSettings, ...environmentOf(each) });
      expect(warnings).toEqual([]);
      expect(config).toMatchObject({ host: '0.0.0.0', port: 3000, dataFolder: '/data', keysFolder: '/keys' });
    });

    test('reaches the store through a connection string of which the client knows every option', () => {
      const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
      const { REGISTRY_STORE = '' } = environmentOf(each);
      const hosts = [...REGISTRY_STORE.matchAll(/([\w-]+):2113/g)].map(([, host]) => host);
      // The client reads the certificate at once, but that file exists only in the container.
      EventStoreDBClient.connectionString(REGISTRY_STORE.replace(/tlsCAFile=[^&]*/, 'tlsCAFile=package.json'));
      expect(warn).not.toHaveBeenCalled();
      warn.mockRestore();
      expect(hosts).toEqual(Object.keys(each.depends_on));
    });

    test('can write only to its data, its keys and /tmp', () => {
      expect(each.read_only).toBe(true);
      const writable = each.volumes.filter((volume) => !volume.endsWith(':ro')).map((volume) => volume.split(':')[1]);
      expect(writable).toEqual(['/data', '/keys']);
    });
  });

  test('each node of the cluster has its own data, and they share the keys', () => {
    const at = (name: string, target: string) =>
      compose.services[name]?.volumes.find((volume) => volume.split(':')[1] === target);
    expect(at('registry-1', '/keys')).toBe(at('registry-2', '/keys'));
    expect(at('registry-1', '/data')).not.toBe(at('registry-2', '/data'));
  });

  test('the proxy knows both nodes of the registry', () => {
    const nodes = services.filter(([, each]) => isRegistry(each) && isInCluster(each)).map(([name]) => `${name}:3000`);
    expect(readFileSync('deploy/Caddyfile', 'utf8')).toContain(`reverse_proxy ${nodes.join(' ')} {`);
  });
});
