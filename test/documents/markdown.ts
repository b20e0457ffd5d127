import { z } from 'zod';

/** Objects with more fields get a table of their own. */
const fieldsInline = 3;

interface Row {
  readonly name: string;
  readonly type: string;
  readonly meaning: string;
}

/** A document's tables: its fields, with those of small objects among them, then one table for each larger object. */
export function tablesOf(schema: z.ZodObject): string {
  const larger = new Map<z.ZodObject, string[]>();
  const tables = [table(rowsOf(schema, { prefix: '', larger }))];
  // Grows while it is gone through: what a larger object has may be large in turn.
  for (const [object, names] of larger) {
    const rows = rowsOf(object, { prefix: '', larger, within: names[0] ?? '' });
    tables.push(`${names.map((name) => `\`${name}\``).join(' and ')}:`, table(rows));
  }
  return tables.join('\n\n');
}

/** A table in Markdown. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '-'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Fields with their meanings, in one line. */
export function fieldsInLine(fields: z.core.$ZodLooseShape): string {
  return Object.entries(fields)
    .map(([name, field]) => {
      const inner = objectWithin(field as z.ZodType, name);
      const parts = [
        descriptionOf(field as z.ZodType),
        ...(inner === undefined ? [] : [fieldsInLine(inner.object.shape)]),
      ];
      const meaning = parts.filter((part) => part !== '').join(': ');
      return meaning === '' ? `\`${name}\`` : `\`${name}\` (${meaning})`;
    })
    .join(', ');
}

function table(rows: readonly Row[]): string {
  return tableOf(
    ['field', 'type', 'meaning'],
    rows.map(({ name, type, meaning }) => [`\`${name}\``, type, meaning]),
  );
}

interface Place {
  readonly prefix: string;
  readonly larger: Map<z.ZodObject, string[]>;
  /** Of the object that the table is about; empty for the document itself. */
  readonly within?: string;
}

function rowsOf(object: z.ZodObject, place: Place): Row[] {
  return Object.entries(object.shape).flatMap(([field, schema]) => {
    const name = `${place.prefix}${field}`;
    const row = { name, type: typeOf(schema as z.ZodType), meaning: descriptionOf(schema as z.ZodType) };
    const inner = objectWithin(schema as z.ZodType, name);
    if (inner === undefined) return [row];
    if (Object.keys(inner.object.shape).length <= fieldsInline) {
      return [row, ...rowsOf(inner.object, { ...place, prefix: `${inner.name}.` })];
    }
    const full = place.within === undefined || place.within === '' ? inner.name : `${place.within}.${inner.name}`;
    const names = place.larger.get(inner.object) ?? [];
    place.larger.set(inner.object, [...names, full]);
    return [row];
  });
}

/** What a field has objects of: itself, its elements (`name[]`), its values (`name.*`). */
function objectWithin(schema: z.ZodType, name: string): { object: z.ZodObject; name: string } | undefined {
  if (schema instanceof z.ZodObject) return { object: schema, name };
  if (schema instanceof z.ZodExactOptional || schema instanceof z.ZodNullable) {
    return objectWithin(schema.unwrap() as z.ZodType, name);
  }
  if (schema instanceof z.ZodArray) return objectWithin(schema.element as z.ZodType, `${name}[]`);
  if (schema instanceof z.ZodRecord) return objectWithin(schema.valueType as z.ZodType, `${name}.*`);
  return undefined;
}

function descriptionOf(schema: z.ZodType): string {
  if (schema.description !== undefined) return schema.description;
  const isWrapped = schema instanceof z.ZodExactOptional || schema instanceof z.ZodNullable;
  if (isWrapped) return descriptionOf(schema.unwrap() as z.ZodType);
  throw new Error('a field without a description');
}

function typeOf(schema: z.ZodType): string {
  if (schema instanceof z.ZodExactOptional) return `${typeOf(schema.unwrap() as z.ZodType)}, or absent`;
  if (schema instanceof z.ZodNullable) return `${typeOf(schema.unwrap() as z.ZodType)} or null`;
  if (schema instanceof z.ZodArray) return schema.element instanceof z.ZodString ? 'array of strings' : 'array';
  if (schema instanceof z.ZodObject || schema instanceof z.ZodRecord) return 'object';
  if (schema instanceof z.ZodEnum) return 'string';
  if (schema instanceof z.ZodUnion) return schema.options.map((option) => typeOf(option as z.ZodType)).join(' or ');
  if (schema instanceof z.ZodLiteral) return String(schema.value);
  return schema.type;
}
