import { IngestError } from "../errors.js";
import { readProblem, storeError } from "./explain.js";
import type { ReadableObject, S3Objects } from "./objects.js";

// How often a connection may break without a byte in between, and the longest wait in ms before a new one.
const MAX_BREAKS = 5;
const WAIT = 2000;

/** The bytes of an object whose body has begun. When the connection breaks, it goes on from the last byte. */
export async function* readBody(
  objects: S3Objects,
  key: string,
  object: ReadableObject,
): AsyncGenerator<Uint8Array> {
  const { bucket, signal, clock } = objects.requests;
  let { body } = object;
  let position = 0;
  // How many bytes of the body were read before, because the store ignored the range.
  let known = 0;
  for (let breaks = 0; ; breaks++) {
    let failure: unknown;
    try {
      for await (const read of body) {
        signal?.throwIfAborted();
        const part = read.subarray(Math.min(known, read.length));
        known -= read.length - part.length;
        if (part.length === 0) continue;
        position += part.length;
        breaks = 0;
        yield part;
      }
    } catch (error) {
      failure = error;
    }
    signal?.throwIfAborted();
    // An answer without its length has 0 here: only its end shows that nothing is missing.
    const isWhole = object.bytes > 0 ? position >= object.bytes : failure === undefined;
    if (isWhole) return;
    if (breaks === MAX_BREAKS) throw storeError("GetObject", readProblem(failure), `s3://${bucket}/${key}`);
    await clock.sleep(WAIT * (0.5 + clock.random() / 2), signal);
    const rest = await objects.get(key, position);
    if (rest?.etag !== object.etag) {
      const message = `s3://${bucket}/${key}: it was replaced or deleted while it was read. Run again.`;
      throw new IngestError("store", message);
    }
    body = rest.body;
    known = position - rest.start;
  }
}

/** Reads an object from its first to its last byte. Undefined if there is none. */
export async function readObject(
  objects: S3Objects,
  key: string,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const object = await objects.get(key);
  return object && readBody(objects, key, object);
}
