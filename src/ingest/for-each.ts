/**
 * Works on items, so many at once, and gives the results in the items' order. At the first failure the rest is aborted,
 * and waited for: nothing is under way any more when this rejects.
 */
export async function forEach<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  stop: AbortController,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  const run = async () => {
    for (const [index, item] of queue) {
      stop.signal.throwIfAborted();
      results[index] = await work(item);
    }
  };
  const runs = Array.from({ length: Math.min(concurrency, items.length) }, async () => {
    try {
      await run();
    } catch (error) {
      stop.abort(error);
    }
  });
  await Promise.all(runs);
  stop.signal.throwIfAborted();
  return results;
}
