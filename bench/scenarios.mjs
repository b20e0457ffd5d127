const KiB = 1024;
const MiB = 1024 * KiB;
const MB = 1_000_000;

const everyone = ['hub', 'curl', 'aria2c', 'aria2c, checksum', 'huggingface.js', 'huggingface_hub'];
const limits = ['curl to nowhere', 'sha-256 alone'];

const oneGiB = { name: 'one', files: 1, bytes: 1024 * MiB, lfs: true };
const fourShards = { name: 'shards', files: 4, bytes: 256 * MiB, lfs: true };
const halfGiB = { name: 'half', files: 1, bytes: 512 * MiB, lfs: true };
const sixtyMB = { name: 'sixty', files: 1, bytes: 60 * MB, lfs: true };
const smallFiles = { name: 'small', files: 2000, bytes: 4 * KiB, lfs: false };

const oneStream = ['curl', 'huggingface.js', 'huggingface_hub'];
const onLink = { repo: sixtyMB, peers: ['hub', 'aria2c', ...oneStream, 'sha-256 alone'] };

/** The hub's wall time as a multiple of a peer's. */
const wall = (against, most) => ({ what: 'wall', against, most });
/** Body bytes that the hub received, as a multiple of the size. */
const received = { what: 'received', most: 1.02 };
const requests = { what: 'requests', most: 1 };
/** The hub's CPU seconds as a multiple of 1.5 x curl's and sha-256's alone. */
const cpu = { what: 'cpu', most: 1 };
const memory = { what: 'memory', most: 200 * MB };

/**
 * What is measured, by name.
 *
 * `slow` peers run once, `warm` measures a second download, `targets` are what the hub shall reach.
 */
export const scenarios = {
  lan: {
    about: '1 GiB in one file over loopback',
    repo: oneGiB,
    peers: [...everyone, ...limits],
    targets: [wall('curl', 1), wall('huggingface_hub', 0.3), cpu, memory],
  },
  'lan-shards': {
    about: '4 shards of 256 MiB over loopback',
    repo: fourShards,
    peers: [...everyone, ...limits],
    targets: [cpu, memory],
  },
  'lan-tls': {
    about: '1 GiB in one file over loopback and TLS 1.3',
    repo: oneGiB,
    tls: true,
    peers: [...everyone, ...limits],
    targets: [wall('curl', 1.1), cpu, memory],
  },
  'lan-tls-shards': {
    about: '4 shards of 256 MiB over loopback and TLS 1.3',
    repo: fourShards,
    tls: true,
    peers: [...everyone, ...limits],
    targets: [cpu, memory],
  },
  wan: {
    about: '512 MiB in one file, 20 MiB/s a connection',
    repo: halfGiB,
    limitRate: '20m',
    peers: [...everyone, 'sha-256 alone'],
    slow: oneStream,
    targets: [wall('aria2c', 1.15), cpu, memory],
  },
  small: {
    about: '2000 files of 4 KiB, 15 ms round trip',
    repo: smallFiles,
    link: { roundTripMs: 15, lossPercent: 0, mbit: 0 },
    peers: everyone,
    slow: ['huggingface.js'],
    targets: [wall('huggingface_hub', 0.25), memory],
  },
  warm: {
    about: '2000 files of 4 KiB that are in the cache, asked for by branch',
    repo: smallFiles,
    warm: true,
    peers: ['hub', 'huggingface.js', 'huggingface_hub'],
    targets: [wall('huggingface_hub', 0.5), requests, memory],
  },
  start: {
    about: 'start-up',
    programs: (hubProgram) => ({
      'node -e 0': ['-e', '0'],
      'hub --version': [hubProgram, '--version'],
      'hub --help': [hubProgram, '--help'],
      'hub download --help': [hubProgram, 'download', '--help'],
    }),
    targets: [
      { what: 'start', of: 'hub --version' },
      { what: 'start', of: 'hub --help' },
    ],
  },
  'link-150': {
    about: '60 MB in one file, 150 ms round trip, 0.1 % loss, 200 Mbit/s',
    ...onLink,
    link: { roundTripMs: 150, lossPercent: 0.1, mbit: 200 },
    slow: oneStream,
    targets: [wall('aria2c', 1), received, cpu, memory],
  },
  'link-80': {
    about: '60 MB in one file, 80 ms round trip, 1 % loss, 100 Mbit/s',
    ...onLink,
    link: { roundTripMs: 80, lossPercent: 1, mbit: 100 },
    slow: oneStream,
    targets: [wall('aria2c', 1), received, cpu, memory],
  },
  'link-20': {
    about: '60 MB in one file, 20 ms round trip, no loss, 400 Mbit/s',
    ...onLink,
    link: { roundTripMs: 20, lossPercent: 0, mbit: 400 },
    targets: [wall('curl', 1.1), received, cpu, memory],
  },
};
