import { describe, expect, test } from "vitest";
import { s3Store } from "../../../src/s3/index.js";
import { virtualContext } from "../support/contexts.js";
import { a, b, d } from "../support/existing-package.js";
import { servePackage } from "../support/package-server.js";
import { TestClock } from "../support/test-clock.js";
import { ingest as ingestOn, verifyPackage } from "../support/trusted.js";
import { TEST_SERVERS } from "./support/servers.js";

describe.for(TEST_SERVERS)("in $name", ({ open }) => {
  test.for(["ä ö/ü", "a+b&c=d?e#f", "100%25/%2F", "'quoted'/(x)!*~", "日本/🙂"])(
    "a prefix like %s is one, also to copy from",
    async (prefix) => {
      const { bucket, client } = await open();
      const s3 = client();
      const served = await servePackage([a, b, d]);
      const store = s3Store({ client: s3, bucket, prefix });
      const copy = s3Store({ client: s3, bucket, prefix: `${prefix}/copy` });
      const ingest = (options: object) =>
        ingestOn(served.client, { versionId: "version", store, ...options }, new TestClock());
      await ingest({ store: copy });
      served.cdn.length = 0;
      const { assets } = await ingest({ store: s3Store({ client: s3, bucket, prefix: "z" }), reuse: copy });
      expect(assets.map(({ reused }) => reused)).toEqual([true, true, true]);
      expect(await verifyPackage(copy)).toMatchObject({ valid: true });
      await copy.remove(virtualContext());
      expect((await copy.list(virtualContext())).size).toBe(0);
    },
  );
});
