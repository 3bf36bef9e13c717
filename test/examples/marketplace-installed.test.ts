import { existsSync } from "node:fs";
import { expect, test } from "vitest";

const installed = existsSync(new URL("marketplace/node_modules", import.meta.url));

// Installing needs a network, which `npm test` must not. In CI the packages have to be there.
test.skipIf(!installed && !process.env.CI)(
  "the reference marketplace is tested (to install its packages: npm run marketplace -- --install)",
  () => expect(installed).toBe(true),
);
