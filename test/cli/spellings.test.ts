import { describe, expect, it } from 'vitest';
import { canonicalArguments } from '../../src/cli/spellings.js';

describe('canonicalArguments', () => {
  it.each([
    ['--repo-type', '--type'],
    ['--repo_type=dataset', '--type=dataset'],
    ['--allow', '--include'],
    ['--allow-patterns', '--include'],
    ['--allow_patterns=*.bin', '--include=*.bin'],
    ['--ignore', '--exclude'],
    ['--ignore-patterns', '--exclude'],
    ['--force-download', '--force'],
    ['--local_files_only', '--offline'],
    ['--max-workers', '--concurrency'],
    ['--cache_dir=/tmp/a_b', '--cache-dir=/tmp/a_b'],
    ['--stall-timeout', '--stall-timeout'],
  ])('reads %s as %s', (word, expected) => {
    expect(canonicalArguments([word])).toEqual([expected]);
  });

  it('leaves values, short flags and everything after -- alone', () => {
    const argv = ['download', 'my_org/my_repo', '-x', 'a_b', '--', '--local_files_only'];
    expect(canonicalArguments(argv)).toEqual(argv);
  });
});
