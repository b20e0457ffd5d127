/** Runs `action` on each item, at most `places` at a time, in order. Rejects with the first failure. */
export async function inParallel<T>(
  items: readonly T[],
  places: number,
  action: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  const worker = async () => {
    // The iterator is shared: each worker takes the next item that nobody has.
    for (const item of { [Symbol.iterator]: () => queue }) await action(item);
  };
  await Promise.all(Array.from({ length: Math.min(places, items.length) }, worker));
}
