import type { ActiveFile, HubEvent, Progress } from '../../../src/events.js';

export const MB = 1_000_000;

function progressOf(fields: Partial<Progress> = {}): Progress {
  return {
    bytesDone: 342 * MB,
    bytesTotal: 1234 * MB,
    filesDone: 3,
    filesTotal: 12,
    bytesPerSecond: 35 * MB,
    active: [],
    ...fields,
  };
}

export function progressEvent(fields: Partial<Progress> = {}): HubEvent {
  return { type: 'progress', progress: progressOf(fields) };
}

export function activeFile(fields: Partial<ActiveFile> = {}): ActiveFile {
  return { path: 'model.safetensors', bytesDone: 10 * MB, bytesTotal: 40 * MB, phase: 'fetching', ...fields };
}

export const retrying: Extract<HubEvent, { type: 'retrying' }> = {
  type: 'retrying',
  what: 'model.safetensors',
  host: 'cdn.example',
  why: 'connection reset',
  attempt: 1,
  attempts: 8,
  delayMs: 2_000,
};
