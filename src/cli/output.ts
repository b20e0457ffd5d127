/**
 * Writes to stdout or stderr and waits until the text has left the process: `process.exit` would cut off what Windows
 * still holds. A reader that has gone (`| head`) is no failure of ours.
 */
export function writeOut(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise((resolve) => stream.write(text, () => resolve()));
}

/** A closed pipe or a terminal that hung up is told by an `error` event, which would end the process with a stack. */
export function tolerateClosedStreams(streams: readonly NodeJS.WritableStream[]): void {
  for (const stream of streams) stream.on('error', () => undefined);
}
