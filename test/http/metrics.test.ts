import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Recording, startRecording } from './recording.ts';

let recording: Recording;
beforeAll(async () => {
  recording = await startRecording();
});
afterAll(() => recording.server.close());

const get = (path: string, headers = {}) => recording.server.get(path, { headers });

describe('metrics', () => {
  test('are in Prometheus’ format: the process, requests, commands, the ledger and the read model', async () => {
    const token = await recording.server.token('clerk');
    await recording.server.post(
      '/api/v1/factories/measured/nominate',
      { effectiveOn: '2020-01-10', name: '工厂', sector: 'automobiles', district: 'pudong' },
      { token },
    );
    const position = recording.server.registry.model.place().position;
    await get('/api/v1/targets', { 'registry-position': position });
    const { headers, text } = await get('/metrics');
    const { size } = recording.server.registry.model.place();
    expect(headers.get('content-type')).toMatch(/^text\/plain/);
    for (const line of [
      `registry_ledger_size ${size}`,
      `registry_read_model_size ${size}`,
      'registry_read_model_ready 1',
      'registry_commands_total{register="factories",command="nominate",status="201"} 1',
      'registry_http_request_duration_seconds_count{method="GET",route="/api/v1/targets",status="200"} 1',
    ])
      expect(text).toContain(`${line}\n`);
    expect(text).toContain('process_cpu_seconds_total');
  });

  test('name routes and not paths, so that keys do not multiply them', async () => {
    for (let n = 0; n < 5; n++) await get(`/api/v1/factories/some-key-${n}`);
    expect((await get('/metrics')).text).not.toContain('some-key');
  });
});
