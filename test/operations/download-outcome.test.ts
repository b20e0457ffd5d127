import { describe, expect, it } from 'vitest';
import { ExitCode, HubError, type HubErrorOptions } from '../../src/errors.js';
import { DownloadFailed, downloadedFile, worstOf } from '../../src/operations/download-outcome.js';
import type { DownloadResult } from '../../src/operations/download-result.js';
import { bytesOf } from '../transfer/fakes.js';
import { listed } from './support.js';

class Failure extends HubError {
  readonly code = 'failure';

  constructor(
    readonly exitCode: ExitCode,
    override readonly retryable = true,
    options: HubErrorOptions = {},
  ) {
    super(`failed with ${exitCode}`, options);
  }
}

const { disk, integrity, access, notFound, offline, differs, unexpected, network } = ExitCode;

describe('worstOf', () => {
  it('names the network only if nothing else stood in the way, else the first in the contract’s order', () => {
    const order = [disk, integrity, access, notFound, offline, differs, unexpected, network];
    for (const [rank, exitCode] of order.entries()) {
      const others = order.slice(rank).map((code) => new Failure(code));
      expect(worstOf([new Failure(network), ...others.reverse()]).exitCode).toBe(exitCode);
    }
  });
});

describe('DownloadFailed', () => {
  const result = { files: [{}, {}, {}] } as DownloadResult;

  it('is the failure, where there is one', () => {
    const only = new Failure(access, false, { hint: 'log in', retryAfter: 7 });
    expect(new DownloadFailed(result, [only])).toMatchObject({
      message: only.message,
      hint: 'log in',
      retryAfter: 7,
      exitCode: access,
      code: 'failure',
      retryable: false,
      cause: only,
    });
  });

  it('counts them, and is worth another try only if all are', () => {
    const failures = [new Failure(network), new Failure(integrity)] as const;
    const failed = new DownloadFailed(result, [...failures]);
    expect(failed.message).toBe('2 of 3 files failed; the first: failed with 6');
    expect(failed.retryable).toBe(true);
    expect(new DownloadFailed(result, [failures[0], failures[0]]).message).toBe('2 of 3 files failed: failed with 5');
    expect(new DownloadFailed(result, [...failures, new Failure(access, false)]).retryable).toBe(false);
  });
});

describe('downloadedFile', () => {
  const file = listed('a', bytesOf(10));
  const twin = { ...file, path: 'twin' };
  const digest = `sha256:${file.digest.hex}`;
  const error = new Failure(integrity);

  it('tells what was planned and what came of it', () => {
    const outcomes = new Map([['a', { state: 'resumed', bytesFetched: 4, bytesWasted: 0 } as const]]);
    const base = { size: 10, digest };
    expect(downloadedFile({ file, state: 'cached' }, new Map())).toEqual({
      ...base,
      path: 'a',
      state: 'cached',
      bytesFetched: 0,
    });
    expect(downloadedFile({ file, state: 'resume', haveBytes: 6 }, outcomes)).toEqual({
      ...base,
      path: 'a',
      state: 'resumed',
      bytesFetched: 4,
    });
    expect(downloadedFile({ file: twin, state: 'link', from: 'a' }, outcomes)).toEqual({
      ...base,
      path: 'twin',
      state: 'linked',
      bytesFetched: 0,
    });
  });

  it('fails a link with the file that it stands for, and counts its bytes once', () => {
    const outcomes = new Map([['a', { state: 'failed', bytesFetched: 4, bytesWasted: 4, error } as const]]);
    const failed = { state: 'failed', error: { code: 'failure', exitCode: 6, message: 'failed with 6' } };
    expect(downloadedFile({ file, state: 'fetch' }, outcomes)).toMatchObject({ ...failed, bytesFetched: 4 });
    expect(downloadedFile({ file: twin, state: 'link', from: 'a' }, outcomes)).toMatchObject({
      ...failed,
      bytesFetched: 0,
    });
  });
});
