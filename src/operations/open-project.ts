import { withProjectEndpoints } from '../settings/endpoints.js';
import type { SettingsWithOrigins } from '../settings/read-settings.js';
import type { Settings } from '../settings/settings.js';
import type { Manifest } from '../workspace/entry.js';
import { lockPathOf } from '../workspace/lock-file.js';
import { readProject } from '../workspace/manifest-file.js';

/** A project whose hub.toml was read. */
export interface OpenProject {
  readonly manifest: Manifest;
  /** Of hub.lock, there or not. */
  readonly lockPath: string;
  /** The user's, and what the project says of endpoints. */
  readonly settings: Settings;
}

/**
 * Reads the hub.toml that a folder belongs to.
 *
 * @param workingDir  absolute
 * @throws NoManifest; UsageError  a mistake in it
 */
export async function openProject(
  workingDir: string,
  known: Pick<SettingsWithOrigins, 'settings' | 'origins'>,
): Promise<OpenProject> {
  const { path, manifest } = await readProject(workingDir);
  return { manifest, lockPath: lockPathOf(path), settings: withProjectEndpoints(known, manifest.endpoints) };
}
