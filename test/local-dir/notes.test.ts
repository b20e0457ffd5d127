import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { CacheFiles } from '../../src/cache/files.js';
import { FileRecords, type NotedFile } from '../../src/local-dir/file-records.js';
import { type LocalLayout, localLayout, metadataPath } from '../../src/local-dir/layout.js';
import { makeNotesFolder, readPythonNote, writePythonNote } from '../../src/local-dir/python-notes.js';
import { below, commitOf, workplace } from '../cache/support.js';
import { bytesOf, sha256Of } from '../transfer/fakes.js';

const place = workplace();
const commit = commitOf('c');
const digest = sha256Of(bytesOf(10));
let layout: LocalLayout;
let files: CacheFiles;
beforeEach(async () => {
  layout = localLayout(join(place.folder, 'dir'), { type: 'model', name: 'org/name' });
  files = CacheFiles.withUmask(layout.dir);
  await makeNotesFolder(layout, files);
  mkdirSync(dirname(layout.records), { recursive: true });
});

describe('the notes of Python’s tools', () => {
  it('are hidden from git and from backups, as these tools hide them', () => {
    expect(below(layout.dir)).toEqual(
      expect.arrayContaining(['.cache/huggingface/.gitignore', '.cache/huggingface/CACHEDIR.TAG']),
    );
    expect(readFileSync(join(layout.notes, '.gitignore'), 'utf8')).toBe('*');
  });

  it('have three lines, and are read back', async () => {
    const mtimeMs = Date.now() + 5000;
    await writePythonNote(layout, files, { path: 'onnx/model.onnx', commit, digest, mtimeMs });
    const path = join(layout.dir, '.cache/huggingface/download/onnx/model.onnx.metadata');
    const [first, second, third, ...rest] = readFileSync(path, 'utf8').split('\n');
    expect([first, second, rest]).toEqual([commit, digest.hex, ['']]);
    expect(Number(third) * 1000).toBeGreaterThanOrEqual(mtimeMs);
    expect(readPythonNote(layout, 'onnx/model.onnx')).toEqual({ etag: digest.hex, atMs: Number(third) * 1000 });
  });

  it.each(['', 'a\nb\n', `${commit}\n${digest.hex}\nnot a time\n`, `${commit}\n\n1.5\n`])(
    'count as absent: %j',
    (text) => {
      mkdirSync(join(layout.notes, 'download'));
      writeFileSync(metadataPath(layout, 'a'), text);
      expect(readPythonNote(layout, 'a')).toBeUndefined();
    },
  );

  it('of `a` and `a.metadata/b` can’t both be written, which is no failure', async () => {
    await writePythonNote(layout, files, { path: 'a.metadata/b', commit, digest, mtimeMs: 0 });
    await writePythonNote(layout, files, { path: 'a', commit, digest, mtimeMs: 0 });
    expect(readPythonNote(layout, 'a')).toBeUndefined();
    await writePythonNote(layout, files, { path: 'n'.repeat(250), commit, digest, mtimeMs: 0 });
  });
});

describe('FileRecords', () => {
  const noted: NotedFile = { size: 10, mtimeMs: 1.5, digest, commit };

  it('tells other processes, the last line of a path', async () => {
    const records = new FileRecords(layout.records, files);
    await records.note('a', { ...noted, size: 1 });
    await records.note('a', noted);
    await records.note('__proto__', noted);
    await records.close();
    const others = new FileRecords(layout.records, files);
    expect([others.get('a'), others.get('__proto__'), others.get('b')]).toEqual([noted, noted, undefined]);
  });

  it('loses nothing but a line that a crash cut off', async () => {
    const first = new FileRecords(layout.records, files);
    await first.note('a', noted);
    await first.close();
    appendFileSync(layout.records, '{"format":1,"path":"cut","si');
    const second = new FileRecords(layout.records, files);
    await second.note('b', noted);
    await second.close();
    second.reload();
    expect([second.get('a'), second.get('cut'), second.get('b')]).toEqual([noted, undefined, noted]);
  });

  it('skips what it does not understand', () => {
    const odd = ['{"format":2,"path":"a"}', '[]', 'null', '{"format":1,"path":"a","size":1,"mtimeMs":1,"digest":"x"}'];
    writeFileSync(layout.records, odd.join('\n'));
    expect(new FileRecords(layout.records, files).get('a')).toBeUndefined();
  });

  it('is written anew once most of it is outdated', async () => {
    const records = new FileRecords(layout.records, files);
    for (let round = 0; round < 1500; round += 1) await records.note('a', noted);
    await records.close();
    const again = new FileRecords(layout.records, files);
    await again.note('b', noted);
    await again.close();
    expect(statSync(layout.records).size).toBeLessThan(1000);
    again.reload();
    expect([again.get('a'), again.get('b')]).toEqual([noted, noted]);
  });

  it('is not made by asking', () => {
    expect(new FileRecords(layout.records, files).get('a')).toBeUndefined();
    expect(existsSync(layout.records)).toBe(false);
  });
});
