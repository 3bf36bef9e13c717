import { expect, test } from "vitest";
import { readAtMost } from "../src/request-handler.js";

/** A body that gives one byte and then ends with this error. */
function brokenBody(error: () => unknown): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (stream) => stream.enqueue(new Uint8Array(1)),
    pull: (stream) => stream.error(error()),
  });
}

test("a body whose connection breaks ended early", async () => {
  expect(await readAtMost(new Response(brokenBody(() => new TypeError("terminated"))), 10)).toBe(
    "ended early",
  );
});

test("a body whose reading is aborted rejects with the reason", async () => {
  const reason = new Error("enough");
  const controller = new AbortController();
  const body = brokenBody(() => {
    controller.abort(reason);
    return reason;
  });
  await expect(readAtMost(new Response(body), 10, controller.signal)).rejects.toBe(reason);
});
