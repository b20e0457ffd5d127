import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/errors.js';
import { requestKey, uniqueRequests } from '../../../src/operations/mirror/requests.js';
import type { DownloadRequest } from '../../../src/operations/prepare.js';

function request(name: string, fields: Partial<DownloadRequest> = {}): DownloadRequest {
  return { repo: { type: 'model', name }, paths: [], include: [], exclude: [], ...fields };
}

describe('uniqueRequests', () => {
  it('keeps of those that ask for the same one alone', () => {
    const [first, other] = [request('org/a'), request('org/b')];
    expect(uniqueRequests([first, other, request('org/a'), request('org/a', { revision: 'main' })])).toHaveLength(2);
  });

  it.each<{ what: string; fields: Partial<DownloadRequest> }>([
    { what: 'revision', fields: { revision: 'v1' } },
    { what: 'filters', fields: { exclude: ['*.h5'] } },
    { what: 'files', fields: { paths: ['config.json'] } },
    { what: 'weights', fields: { weights: { framework: 'auto' } } },
    { what: 'place', fields: { localDir: '/data/a' } },
  ])('keeps those apart that want another $what', ({ fields }) => {
    expect(uniqueRequests([request('org/a'), request('org/a', fields)])).toHaveLength(2);
    expect(requestKey(request('org/a'))).not.toBe(requestKey(request('org/a', fields)));
  });

  it('takes several parts of one revision into one folder', () => {
    const localDir = '/data/a';
    const both = [
      request('org/a', { localDir, include: ['*.json'] }),
      request('org/a', { localDir, include: ['*.md'] }),
    ];
    expect(uniqueRequests(both)).toHaveLength(2);
  });

  it('refuses two revisions in one folder', () => {
    const localDir = '/data/a';
    const both = [request('org/a', { localDir }), request('org/a', { localDir, revision: 'v1' })];
    expect(() => uniqueRequests(both)).toThrow(UsageError);
    expect(() => uniqueRequests(both)).toThrow('org/a@main and org/a@v1 would be in one folder: /data/a');
  });
});
