import { expect, test } from "vitest";
import { onAbort } from "../src/abort.js";

test("a callback that an earlier one has stopped is not called", () => {
  const controller = new AbortController();
  const called: string[] = [];
  onAbort(controller.signal, () => {
    called.push("first");
    stop();
  });
  const stop = onAbort(controller.signal, () => called.push("second"));
  onAbort(controller.signal, () => called.push("third"));
  controller.abort();
  expect(called).toEqual(["first", "third"]);
});
