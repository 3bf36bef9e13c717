/**
 * Calls `work` for each item, at most `concurrency` at a time, and returns the results in the items' order. After the
 * first failure it aborts the rest through `stop`, waits until nothing is running any more, and rejects.
 */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  stop: AbortController,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  // The workers share this iterator, so each item is taken once.
  const queue = items.entries();
  const runWorker = async () => {
    try {
      for (const [index, item] of queue) {
        stop.signal.throwIfAborted();
        results[index] = await work(item);
      }
    } catch (error) {
      stop.abort(error);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, runWorker));
  stop.signal.throwIfAborted();
  return results;
}
