import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import * as z from 'zod/mini';
import { type Segment, SegmentSet } from '../transfer/segments.js';

/** The header of a journal: what the partial's bytes shall become. */
export interface JournalHeader {
  /** In bytes. */
  readonly size: number;
  /** As `formatDigest` writes them. */
  readonly digests: readonly string[];
}

/** One written range. */
export interface HaveRecord extends Segment {
  /** Of the range's bytes. */
  readonly crc32: number;
  /** `originHash` of who sent them. */
  readonly origin: bigint;
}

/** The one format that this program writes and reads; another is left alone. */
const format = 1;

/** One line of JSON and its CRC-32: whoever finds a partial can see what it is without a tool. */
export function encodeHeader(header: JournalHeader): Buffer {
  const json = JSON.stringify({ format, size: header.size, digests: header.digests });
  return Buffer.from(`${json} ${crc32(json).toString(16).padStart(8, '0')}\n`);
}

/** No record is of more, so that one can be checked before anyone sees its bytes, and a bad sector costs no more. */
export const mostRecordedBytes = 1024 * 1024;

const kinds = { have: 1, drop: 2 } as const;
/** Kind, CRC-32 of the bytes (u32 each); start, end, origin (u64 each); CRC-32 of all that. Little-endian. */
const recordBytes = 36;

export function encodeHave({ start, end, crc32: bytesCrc32, origin }: HaveRecord): Buffer {
  return encodeRecord(kinds.have, bytesCrc32, start, end, origin);
}

export function encodeDrop({ start, end }: Segment): Buffer {
  return encodeRecord(kinds.drop, 0, start, end, 0n);
}

/** A journal's name for an origin. */
export function originHash(origin: string): bigint {
  return createHash('sha256').update(origin).digest().readBigUInt64LE(0);
}

/** `unknown` is of another version, or not a journal at all. */
export type DecodedJournal =
  | { readonly kind: 'known'; readonly header: JournalHeader; readonly haves: HaveRecord[] }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'broken' };

/**
 * Reads a journal: later records override earlier ones; a record that does not check (torn or zeroed by a crash) is
 * skipped. A range survives whole or not at all, since its CRC is of the whole.
 *
 * @returns the ranges that are here, ascending; they don't overlap
 */
export function decodeJournal(bytes: Buffer): DecodedJournal {
  const headerEnd = bytes.indexOf(0x0a);
  if (headerEnd === -1) return { kind: 'broken' };
  const header = decodeHeader(bytes.toString('utf8', 0, headerEnd));
  if (typeof header === 'string') return { kind: header };
  const records: JournalRecord[] = [];
  for (let offset = headerEnd + 1; offset + recordBytes <= bytes.length; offset += recordBytes) {
    const record = decodeRecord(bytes.subarray(offset, offset + recordBytes), header.size);
    if (record !== undefined) records.push(record);
  }
  return { kind: 'known', header, haves: replay(records).map(asHave) };
}

/** A range counts if nothing that was recorded later touches it. */
function replay(records: readonly JournalRecord[]): JournalRecord[] {
  const later = new SegmentSet();
  const haves: JournalRecord[] = [];
  for (const record of records.toReversed()) {
    if (record.kind === kinds.have && later.within(record).length === 0) haves.push(record);
    later.add(record);
  }
  return haves.sort((a, b) => a.start - b.start);
}

const headerSchema = z.object({
  format: z.literal(format),
  size: z.int().check(z.nonnegative()),
  digests: z.array(z.string()).check(z.minLength(1)),
});

function decodeHeader(line: string): JournalHeader | 'unknown' | 'broken' {
  const [, json, check] = /^(.*) ([0-9a-f]{8})$/.exec(line) ?? [];
  if (json === undefined || check === undefined || crc32(json) !== Number.parseInt(check, 16)) return 'broken';
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return 'unknown';
  }
  const { success, data } = headerSchema.safeParse(parsed);
  return success ? { size: data.size, digests: data.digests } : 'unknown';
}

interface JournalRecord extends HaveRecord {
  readonly kind: number;
}

function decodeRecord(bytes: Buffer, size: number): JournalRecord | undefined {
  const checkedBytes = recordBytes - 4;
  if (crc32(bytes.subarray(0, checkedBytes)) !== bytes.readUInt32LE(checkedBytes)) return undefined;
  const kind = bytes.readUInt32LE(0);
  const start = Number(bytes.readBigUInt64LE(8));
  const end = Number(bytes.readBigUInt64LE(16));
  const isSound = (kind === kinds.have || kind === kinds.drop) && start < end && end <= size;
  return isSound ? { kind, crc32: bytes.readUInt32LE(4), start, end, origin: bytes.readBigUInt64LE(24) } : undefined;
}

function encodeRecord(kind: number, bytesCrc32: number, start: number, end: number, origin: bigint): Buffer {
  const record = Buffer.alloc(recordBytes);
  record.writeUInt32LE(kind, 0);
  record.writeUInt32LE(bytesCrc32, 4);
  record.writeBigUInt64LE(BigInt(start), 8);
  record.writeBigUInt64LE(BigInt(end), 16);
  record.writeBigUInt64LE(origin, 24);
  record.writeUInt32LE(crc32(record.subarray(0, recordBytes - 4)), recordBytes - 4);
  return record;
}

function asHave({ start, end, crc32: bytesCrc32, origin }: JournalRecord): HaveRecord {
  return { start, end, crc32: bytesCrc32, origin };
}

/** May two records become one? */
export function isOneRange(first: HaveRecord, second: HaveRecord): boolean {
  return first.end === second.start && first.origin === second.origin && second.end - first.start <= mostRecordedBytes;
}

/** What dropping `ranges` leaves of a record that it touches: its CRC no longer tells anything about these. */
export function leftovers(have: HaveRecord, ranges: readonly Segment[]): HaveRecord[] {
  const rest = new SegmentSet([have]);
  for (const range of ranges) rest.remove(range);
  const parts = [...rest];
  const isUntouched = parts.length === 1 && parts[0]?.start === have.start && parts[0].end === have.end;
  return isUntouched ? [] : parts.map((part) => ({ ...have, ...part }));
}
