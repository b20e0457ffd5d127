import { Random } from './random.js';

/** What can befall an answer. */
export const faultKinds = [
  /** The connection is closed before any header. */
  'cut',
  'RST',
  /** The connection ends orderly, though more was promised. */
  'FIN',
  'stall',
  '5xx',
  '429',
  'flipped byte',
  /** Content-Length is smaller than Content-Range says. */
  'short body',
  /** Content-Range names another range than the one asked for. */
  'wrong range',
  /** The whole file with 200. */
  'ignored range',
  'expired URL',
  /** Less than 1 KiB in a stall timeout. */
  'slow drip',
  'redirect loop',
] as const;

type FaultKind = (typeof faultKinds)[number];

/**
 * A fault is tied to what must be asked for in any case, so that it is met however the program cuts its requests: to a
 * byte of a file (the first answer that carries it), to a file's address, or to a call of the API.
 */
export type PlannedFault = { readonly kind: FaultKind; readonly status: number } & (
  | { readonly on: 'bytes'; readonly path: string; readonly at: number }
  | { readonly on: 'address'; readonly path: string }
  | { readonly on: 'call'; readonly call: ApiCall }
);

type ApiCall = 'info' | 'tree';

interface PlannedFile {
  readonly path: string;
  readonly size: number;
  readonly lfs: boolean;
}

/** SIGKILL, once so many new bytes have been sent, or so many requests have come. */
export interface PlannedKill {
  /** Which of those that live then. */
  readonly process: 'oldest' | 'youngest';
  readonly after: { readonly bytes: number } | { readonly requests: number };
}

export interface SeedPlan {
  readonly seed: number;
  readonly files: readonly PlannedFile[];
  readonly totalBytes: number;
  readonly faults: readonly PlannedFault[];
  readonly kills: readonly PlannedKill[];
  /** A second process starts once so many bytes have been sent; undefined: one process at a time. */
  readonly secondAfterBytes: number | undefined;
  /** `--concurrency`; undefined: the program's own choice. */
  readonly connections: number | undefined;
  /** Of all connections together. */
  readonly bytesPerSecond: number;
}

/** One run may be lost to each kill and, with bad luck, to each redirect loop; the last of three must do it. */
const runsToLose = 2;
/** A process that is killed loses what came in its last 250 ms: so long must it have taken to be less than 5 %. */
const secondsForKills = [5, 10, 17] as const;

/** What happens in a seed: the same number, the same plan. */
export function planOf(seed: number): SeedPlan {
  const random = new Random(seed);
  const loops = random.happens(0.3) ? 1 : 0;
  const killed = random.between(random.happens(0.8) ? 1 : 0, runsToLose - loops);
  const isForTwo = random.happens(0.35);
  const files = plannedFiles(random, isForTwo);
  const totalBytes = files.reduce((sum, { size }) => sum + size, 0);
  return {
    seed,
    files,
    totalBytes,
    faults: plannedFaults(random, { files, loops }),
    kills: plannedKills(random, { killed, totalBytes }),
    secondAfterBytes: isForTwo ? random.between(1, Math.floor(totalBytes / 3)) : undefined,
    connections: random.happens(0.5) ? undefined : random.between(1, 6),
    bytesPerSecond: Math.ceil(totalBytes / (secondsForKills[killed] ?? secondsForKills[2])),
  };
}

const kB = 1_000;
const MB = 1_000_000;

function plannedFiles(random: Random, isForTwo: boolean): PlannedFile[] {
  const notes = Array.from({ length: random.between(1, 2) }, (_, index) => {
    return { path: `notes-${index}.json`, size: random.anySize(200, 8 * kB), lfs: false };
  });
  const large = Array.from({ length: random.between(2, 3) }, (_, index) => {
    return { path: `weights-${index}.bin`, size: random.between(1.3 * MB, 3 * MB), lfs: true };
  });
  // Each of two processes may fetch a file up to 1 MiB, which has no lease: 5 % is no promise for a repo full of them.
  const most = isForTwo ? 20 * kB : MB;
  const small = Array.from({ length: random.between(1, 3) }, (_, index) => {
    return { path: `part/${index}.bin`, size: random.anySize(5 * kB, most), lfs: true };
  });
  return [...notes, ...large, ...small];
}

const leastFaults = 3;
const mostFaults = 8;
/** Kinds that a request without a body of a file can meet. */
const headKinds: readonly FaultKind[] = ['cut', 'RST', 'stall', '5xx', '429'];

function plannedFaults(
  random: Random,
  { files, loops }: { files: readonly PlannedFile[]; loops: number },
): PlannedFault[] {
  const faults: PlannedFault[] = [];
  const status = () => random.oneOf([500, 502, 503, 504]);
  const onBytes = (kind: FaultKind): PlannedFault | undefined => {
    const open = files.filter((file) => canMeet(kind, file, faults));
    if (open.length === 0) return undefined;
    const { path, size } = random.happens(0.7) ? largerOf(random, open) : random.oneOf(open);
    return { kind, status: status(), on: 'bytes', path, at: random.between(0, size - 1) };
  };
  const onHead = (kind: FaultKind): PlannedFault => {
    const isCall = random.happens(0.4) && faults.filter(({ on }) => on === 'call').length < mostOfCalls;
    return isCall
      ? { kind, status: status(), on: 'call', call: random.oneOf<ApiCall>(['info', 'tree']) }
      : { kind, status: status(), on: 'address', path: random.oneOf(files).path };
  };
  const most = random.between(leastFaults, mostFaults);
  const others = faultKinds.filter((kind) => kind !== 'redirect loop');
  while (faults.length < most - loops) {
    const kind = random.oneOf(others);
    const fault = headKinds.includes(kind) && random.happens(0.3) ? onHead(kind) : onBytes(kind);
    if (fault !== undefined) faults.push(fault);
  }
  for (let loop = 0; loop < loops; loop += 1) {
    faults.push((random.happens(0.5) ? onBytes('redirect loop') : undefined) ?? onHead('redirect loop'));
  }
  return faults;
}

/** A hub that has not answered at all is given up after three tries. */
const mostOfCalls = 2;
/** The first request of a file asks for 1 MiB: of a larger file that is a part. */
const surelyInParts = 1.2 * MB;

function canMeet(kind: FaultKind, { path, size, lfs }: PlannedFile, faults: readonly PlannedFault[]): boolean {
  const others = faults.flatMap((fault) => (fault.on === 'bytes' && fault.path === path ? [fault.kind] : []));
  // Where the whole file comes instead of a part, other faults would have nothing left to strike.
  if (others.includes('ignored range')) return false;
  if (kind === 'ignored range') return size > surelyInParts && others.length === 0;
  // A server that is wrong twice in one run is not asked a third time.
  if (kind === 'flipped byte') return !others.includes(kind);
  // The hub's other addresses carry no signature.
  return kind !== 'expired URL' || lfs;
}

function largerOf(random: Random, files: readonly PlannedFile[]): PlannedFile {
  const [one, other] = [random.oneOf(files), random.oneOf(files)];
  return one.size > other.size ? one : other;
}

function plannedKills(random: Random, { killed, totalBytes }: { killed: number; totalBytes: number }): PlannedKill[] {
  const kills = Array.from({ length: killed }, (_, index): PlannedKill => {
    const process = random.oneOf(['oldest', 'youngest'] as const);
    if (random.happens(0.1)) return { process, after: { requests: random.between(1, 12) } };
    // Spread over the job: the second one falls after the first.
    const from = Math.floor((totalBytes * index) / killed);
    return { process, after: { bytes: random.between(from, from + Math.floor((totalBytes * 0.98) / killed)) } };
  });
  const isEarly = ({ after }: PlannedKill) => ('requests' in after ? 0 : 1);
  return kills.sort((a, b) => isEarly(a) - isEarly(b));
}
