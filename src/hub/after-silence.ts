import type { Source } from '../transfer/source.js';

const mostSilenceMs = 1_000;

export interface AfterSilence {
  /** Ends the connections that are kept without a request. */
  readonly closeIdle: () => void;
  readonly stallTimeoutMs: number;
}

/**
 * The same source. When a read of it fails, or is called off, in the middle of a silence, the kept connections are ended
 * too: whatever forgot that one (a NAT, a server that is gone) may have forgotten them, and each would cost the next
 * request another wait.
 */
export function closingIdleAfterSilence(source: Source, { closeIdle, stallTimeoutMs }: AfterSilence): Source {
  const silenceMs = Math.min(mostSilenceMs, stallTimeoutMs / 2);
  return {
    get ignoresRanges() {
      return source.ignoresRanges;
    },
    async read(range, sink, signal) {
      let lastMs = performance.now();
      const watched = {
        runBytes: sink.runBytes,
        runAgeMs: sink.runAgeMs,
        held: sink.held,
        arrived: (bytes: number) => {
          lastMs = performance.now();
          sink.arrived(bytes);
        },
        write: sink.write.bind(sink),
      };
      try {
        await source.read(range, watched, signal);
      } catch (error) {
        if (performance.now() - lastMs >= silenceMs) closeIdle();
        throw error;
      }
    },
  };
}
