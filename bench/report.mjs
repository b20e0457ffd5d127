import { cpus, loadavg, release, totalmem } from 'node:os';
import { spread } from './measure.mjs';

const MB = 1_000_000;
const startMargin = 0.03;
const startRatioOnNode20 = 1.6;

/** One scenario as a Markdown section: a table of its peers, and what the hub reached of its targets. */
export function section(name, { about, targets }, results) {
  const rows = [...results].map(([peer, runs]) => row(peer, runs, results));
  const head = [
    '',
    'wall s',
    'least-most',
    'hub / this',
    'CPU s',
    'peak MB',
    'requests',
    'connections',
    'body / size',
    'runs',
  ];
  const judged = targets.map((target) => judge(target, results)).filter(Boolean);
  return [`## ${name}: ${about}`, '', ...table([head, ...rows]), '', ...judged.map((line) => `- ${line}`), ''].join(
    '\n',
  );
}

/** The machine, the date and the versions, as the head of the results. */
export function heading(versions) {
  const [cpu] = cpus();
  const machine = `${cpus().length} x ${cpu.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`;
  const load = loadavg()[0].toFixed(1);
  const tools = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `# Measured with \`npm run bench\`

${new Date().toISOString().slice(0, 10)} on ${machine}, Node ${process.versions.node}, load average ${load} before; ${tools.join(', ')}.

Medians; peers in turn, the same files from the same server, into an empty folder on the same disk each time. CPU and peak
memory (of the largest process) are the client's. "body / size" is what the hub says it received, and what the server sent to
the others. Only hub, and aria2c where it says so, check digests. README.md tells more.
`;
}

function row(peer, runs, results) {
  const failure = runs.find((run) => run.failure !== undefined)?.failure;
  if (runs.length === 0 || failure !== undefined)
    return [peer, failure ?? '-', '', '', '', '', '', '', '', String(runs.length)];
  const seconds = spread(runs.map((run) => run.seconds));
  const hub = median(results, 'hub', 'seconds');
  return [
    peer,
    time(seconds.median),
    runs.length > 1 ? `${time(seconds.least)}-${time(seconds.most)}` : '',
    hub === undefined || peer === 'hub' ? '' : (hub / seconds.median).toFixed(2),
    figure(median(results, peer, 'cpuSeconds'), time),
    figure(median(results, peer, 'peakBytes'), (bytes) => (bytes / MB).toFixed(0)),
    figure(median(results, peer, 'requests'), String),
    figure(median(results, peer, 'connections'), String),
    figure(median(results, peer, 'received'), (ratio) => ratio.toFixed(3)),
    String(runs.length),
  ];
}

function judge({ what, against, of, most }, results) {
  const hub = (measured) => median(results, 'hub', measured);
  switch (what) {
    case 'wall':
      return verdict(`wall / ${against}'s`, hub('seconds') / median(results, against, 'seconds'), most);
    case 'cpu': {
      const allowed = 1.5 * median(results, 'curl', 'cpuSeconds') + median(results, 'sha-256 alone', 'cpuSeconds');
      return verdict("CPU / (1.5 x curl's + sha-256's alone)", hub('cpuSeconds') / allowed, most);
    }
    case 'memory':
      return verdict('peak memory, MB', extreme(results, 'hub', 'peakBytes') / MB, most / MB, 0);
    case 'received':
      return verdict('body bytes received / size', extreme(results, 'hub', 'received'), most, 3);
    case 'requests':
      return verdict('requests', hub('requests'), most, 0);
    case 'start': {
      const node = median(results, 'node -e 0', 'seconds');
      const seconds = median(results, of, 'seconds');
      if (Number(process.versions.node.split('.')[0]) > 20) {
        return verdict(`${of}, ms more than node -e 0`, (seconds - node) * 1000, startMargin * 1000, 0);
      }
      return verdict(`${of} / node -e 0`, seconds / node, startRatioOnNode20);
    }
    default:
      throw new Error(`no target is called ${what}`);
  }
}

function verdict(what, value, most, digits = 2) {
  if (!Number.isFinite(value)) return undefined;
  return `${what}: ${value.toFixed(digits)}, target at most ${most.toFixed(digits)}: ${value <= most ? 'reached' : 'MISSED'}`;
}

const values = (results, peer, measured) =>
  (results.get(peer) ?? []).map((run) => run[measured]).filter((value) => value !== undefined);

function median(results, peer, measured) {
  const list = values(results, peer, measured);
  return list.length === 0 ? undefined : spread(list).median;
}

function extreme(results, peer, measured) {
  return Math.max(...values(results, peer, measured), -Infinity);
}

const figure = (value, print) => (value === undefined ? '' : print(value));
const time = (seconds) => (seconds < 1 ? seconds.toFixed(3) : seconds.toFixed(2));

/** Rows of Markdown; the first one is the head. */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((cells) => cells[column].length), 3));
  const line = (cells) =>
    `| ${cells.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]) : cell.padStart(widths[n]))).join(' | ')} |`;
  const rule = widths.map((width, n) => (n === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(rows[0]), line(rule), ...rows.slice(1).map(line)];
}
