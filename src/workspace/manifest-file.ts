import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ExitCode, HubError, UsageError } from '../errors.js';
import type { Manifest } from './entry.js';
import { parseManifest } from './manifest.js';

export const manifestName = 'hub.toml';

/** A project's hub.toml. */
export interface ManifestFile {
  /** Absolute. */
  readonly path: string;
  /** As it stands there, byte for byte: a byte order mark and CR LF too. */
  readonly text: string;
  readonly manifest: Manifest;
}

/** The hub.toml of a folder or of the nearest folder above that has one, as an absolute path. @param folder  absolute */
export async function findManifest(folder: string): Promise<string | undefined> {
  const path = join(folder, manifestName);
  if (await isFile(path)) return path;
  const parent = dirname(folder);
  return parent === folder ? undefined : findManifest(parent);
}

/**
 * Reads the project that a folder belongs to.
 *
 * @param folder  absolute: the working folder
 * @throws NoManifest
 * @throws UsageError  it can't be read, or something in it is wrong
 */
export async function readProject(folder: string): Promise<ManifestFile> {
  const path = await findManifest(folder);
  if (path === undefined) throw new NoManifest(folder);
  return readManifest(path);
}

/** @param path  absolute @throws UsageError  it can't be read, or something in it is wrong */
export async function readManifest(path: string): Promise<ManifestFile> {
  const text = decode(await readBytes(path), path);
  return { path, text, manifest: parseManifest(text, path) };
}

/** Neither in the working folder nor above it is a hub.toml. */
export class NoManifest extends HubError {
  readonly code = 'no-manifest';
  readonly exitCode = ExitCode.usage;

  constructor(folder: string) {
    super(`there is no ${manifestName} in ${folder} or a folder above it`, {
      hint: '"hub add <repo>" makes one.',
    });
  }
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new UsageError(`${manifestName} can't be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** @throws UsageError  bytes that are no text would not be the same when they are written again */
function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new UsageError(`${path} is not UTF-8`, { cause });
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (it) => it.isFile(),
    () => false,
  );
}
