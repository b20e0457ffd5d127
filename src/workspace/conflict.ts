/**
 * Both sides of a file in which git has left the marks of a merge conflict: what it was on this branch, and what on the
 * other. Undefined where there are no marks. No line of a hub.lock begins as they do.
 */
export function conflictSides(text: string): { readonly ours: string; readonly theirs: string } | undefined {
  if (!/^<{7}/m.test(text) && !/^>{7}/m.test(text)) return undefined;
  const sides = { ours: [] as string[], theirs: [] as string[] };
  let part: 'both' | 'ours' | 'base' | 'theirs' = 'both';
  for (const line of text.split('\n')) {
    const mark = /^(<{7}|\|{7}|={7}|>{7})(?=\s|$)/.exec(line)?.[1];
    if (mark !== undefined) part = partAfter[mark] ?? part;
    else if (part === 'both') for (const side of [sides.ours, sides.theirs]) side.push(line);
    else if (part !== 'base') sides[part].push(line);
  }
  return { ours: sides.ours.join('\n'), theirs: sides.theirs.join('\n') };
}

const partAfter: Readonly<Record<string, 'both' | 'ours' | 'base' | 'theirs'>> = {
  '<<<<<<<': 'ours',
  '|||||||': 'base',
  '=======': 'theirs',
  '>>>>>>>': 'both',
};
