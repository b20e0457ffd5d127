import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Settings } from '../../src/settings/settings.js';
import { type Hub, type HubOptions, startHub } from '../support/hub-server/server.js';
import { type RecordedContext, contextWith, settingsWith } from './support.js';

/** A hub on loopback for the running test. */
export async function serve(options: HubOptions): Promise<Hub> {
  const hub = await startHub(options);
  onTestFinished(() => hub.close());
  return hub;
}

/** A context whose cache is a new folder and whose hubs are these. */
export async function contextAt(
  hubs: Hub | readonly Hub[],
  overrides: Partial<Settings> = {},
): Promise<RecordedContext> {
  const folder = await mkdtemp(join(tmpdir(), 'hub-operations-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const endpoints = [hubs].flat().map(({ endpoint }) => ({ url: endpoint, sendsToken: true }));
  return contextWith(settingsWith(folder, { endpoints, ...overrides }));
}
