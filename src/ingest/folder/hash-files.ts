import { open } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { abortable } from "../../abort.js";
import { ChunkHash, type DigestAlgorithm, readRange } from "../package/digest.js";
import { diskCode } from "./disk.js";

/** A run of an asset's chunks to digest. */
export interface HashTask {
  file: string;
  algorithm: DigestAlgorithm;
  chunkSize: number;
  /** The first byte of the run's first chunk. */
  start: number;
  /** The byte after the run. */
  end: number;
}

/** The chunks' digests, or what kept the file from being read. */
export type HashAnswer = { digests: string[] } | { error: string };

/**
 * The worker's program. As text, because a worker from a file would need that file at run time: this way it starts the
 * same from source, from a build and from a bundle.
 */
const WORKER = `
const { parentPort } = require("node:worker_threads");
const { createHash } = require("node:crypto");
const { openSync, readSync, closeSync } = require("node:fs");
const buffer = Buffer.allocUnsafe(1 << 18);
function digests({ file, algorithm, chunkSize, start, end }) {
  const fd = openSync(file, "r");
  try {
    const found = [];
    for (let position = start; position < end; ) {
      const hash = createHash(algorithm);
      for (const chunkEnd = Math.min(position + chunkSize, end); position < chunkEnd; ) {
        const bytes = readSync(fd, buffer, 0, Math.min(buffer.length, chunkEnd - position), position);
        if (bytes === 0) return found;
        hash.update(buffer.subarray(0, bytes));
        position += bytes;
      }
      found.push(hash.digest("hex"));
    }
    return found;
  } finally {
    closeSync(fd);
  }
}
parentPort.on("message", (task) => {
  try {
    parentPort.postMessage({ digests: digests(task) });
  } catch (error) {
    parentPort.postMessage({ error: String(error.code) });
  }
});
`;

async function hashHere(
  { file, algorithm, chunkSize, start, end }: HashTask,
  signal: AbortSignal | undefined,
): Promise<HashAnswer> {
  try {
    const handle = await open(file, "r");
    try {
      const digests: string[] = [];
      const hash = new ChunkHash(algorithm, chunkSize, start / chunkSize);
      const update = (bytes: Uint8Array) => hash.update(bytes, end, (_, digest) => digests.push(digest));
      await readRange(handle.fd, start, end, update, signal);
      return { digests };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = diskCode(error);
    if (code === undefined) throw error;
    return { error: code };
  }
}

/** A worker that takes one task at a time, or the thread itself where no worker can be had. */
class Hasher {
  #worker: Worker | undefined;

  readonly #signal: AbortSignal | undefined;

  constructor(useWorker: boolean, signal: AbortSignal | undefined) {
    this.#signal = signal;
    if (useWorker) this.#worker = new Worker(WORKER, { eval: true });
  }

  async hash(task: HashTask): Promise<HashAnswer> {
    const worker = this.#worker;
    if (worker === undefined) return hashHere(task, this.#signal);
    const asked = new Promise<HashAnswer | undefined>((resolve) => {
      const onError = () => resolve(undefined);
      worker.once("error", onError);
      worker.once("message", (message: HashAnswer) => {
        worker.off("error", onError);
        resolve(message);
      });
      worker.postMessage(task);
    });
    const answer = await abortable(asked, this.#signal);
    if (answer !== undefined) return answer;
    // The worker could not start here, or died: do without.
    this.#worker = undefined;
    return hashHere(task, this.#signal);
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }
}

// Bytes for which a worker is worth its start, some 30 ms.
const WORTH_A_WORKER = 32 * 1024 * 1024;

/** Digests files on all cores, or on this one if there is little to do. `onAnswer` is called in any order. */
export async function hashFiles<Task extends HashTask>(
  tasks: readonly Task[],
  signal: AbortSignal | undefined,
  onAnswer: (task: Task, answer: HashAnswer) => void,
): Promise<void> {
  const bytes = tasks.reduce((sum, { start, end }) => sum + end - start, 0);
  const count = Math.min(availableParallelism(), tasks.length, Math.ceil(bytes / WORTH_A_WORKER));
  const hashers = Array.from({ length: Math.max(1, count) }, () => new Hasher(count > 1, signal));
  const queue = tasks.values();
  const work = async (hasher: Hasher) => {
    for (const task of queue) onAnswer(task, await hasher.hash(task));
  };
  try {
    await Promise.all(hashers.map(work));
  } finally {
    await Promise.all(hashers.map((hasher) => hasher.close()));
  }
}
