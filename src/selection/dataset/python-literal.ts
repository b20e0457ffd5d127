/** Plain data as Python writes it, on one line and of printable characters. What is no plain data becomes `None`. */
export function pythonLiteral(value: unknown): string {
  if (typeof value === 'string') return pythonString(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : `float("${String(value)}")`;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return 'None';
  return `{${Object.entries(value)
    .map(([key, it]) => `${pythonString(key)}: ${pythonLiteral(it)}`)
    .join(', ')}}`;
}

/** JSON's escapes are Python's too; whatever a terminal might not show as it stands is escaped besides. */
export function pythonString(text: string): string {
  return JSON.stringify(text).replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
