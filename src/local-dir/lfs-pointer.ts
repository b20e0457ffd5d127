/** The sha-256 that an LFS pointer names (git-lfs, docs/spec.md); undefined for any other text. */
export function pointerTarget(text: string): string | undefined {
  const lines = text.split(/\r?\n/);
  if (lines[0] !== 'version https://git-lfs.github.com/spec/v1') return undefined;
  const [, hex] = lines.flatMap((line) => /^oid sha256:([0-9a-f]{64})$/.exec(line) ?? []);
  return lines.some((line) => /^size \d+$/.test(line)) ? hex : undefined;
}
