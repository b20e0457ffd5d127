import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asCommitHash } from '../../repo/listing.js';
import type { Finding, Ref } from '../../retention/inventory.js';
import { reasonOf } from '../disk-errors.js';
import type { RepoLayout } from '../layout.js';
import { filesIn } from './content.js';

/** Branches, tags and the like. Names nest as folders. */
export function takeRefs({ refs }: RepoLayout, findings: Finding[]): Ref[] {
  return refsBelow(refs, '', findings);
}

function refsBelow(folder: string, prefix: string, findings: Finding[]): Ref[] {
  return filesIn(folder, findings, 'may be missing').flatMap((item) => {
    const path = join(folder, item.name);
    const name = `${prefix}${item.name}`;
    if (item.isDirectory()) return refsBelow(path, `${name}/`, findings);
    // Of a replacement that was not finished, by Python or by us.
    if (/\.[0-9a-f]{8}\.tmp$/.test(name)) return [];
    return takeRef(path, name, findings);
  });
}

function takeRef(path: string, name: string, findings: Finding[]): Ref[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    findings.push({ kind: 'broken', path, reason: reasonOf(error, path) });
    return [];
  }
  const commit = asCommitHash(text.trim());
  if (commit === undefined) findings.push({ kind: 'broken', path, reason: 'holds no commit' });
  else if (text !== commit) {
    findings.push({ kind: 'broken', path, reason: "has blanks around its commit, which Python's tools don't read" });
  }
  return commit === undefined ? [] : [{ name, commit }];
}
