import { join } from "node:path";
import { folderStore, type PackageStore } from "../../../src/ingest/index.js";
import { s3Store } from "../../../src/s3/index.js";
import { S3_FAULTS, type S3Fault } from "../../support/s3-server.js";
import { TEST_SERVERS } from "../s3/support/servers.js";
import { temporaryFolder } from "./folders.js";

/** What goes wrong in a store. */
interface StoreFaults {
  /** Chooses which requests fail. */
  readonly random: () => number;
}

/** A kind of store that the same tests run against. */
interface TestStore {
  readonly name: string;
  /** Seeds of a thorough run with faults: fewer where only the CDN and the API have them. */
  readonly seeds: number;
  /** The bytes of an asset that is large for this store; 0 if it treats all assets in one way. */
  readonly largest: number;
  /** An empty store. With faults, every twentieth request fails, if the server can do that. */
  open(faults?: StoreFaults): Promise<PackageStore>;
}

const FAULTS: readonly S3Fault[] = [
  S3_FAULTS.slowDown,
  S3_FAULTS.internal,
  { drop: "before" },
  { drop: "after" },
  { drop: "body" },
];

/** The stores, for `describe.for`. */
export const TEST_STORES: readonly TestStore[] = [
  { name: "a folder", seeds: 50, largest: 0, open: async () => folderStore(join(temporaryFolder(), "p")) },
  ...TEST_SERVERS.map(({ name, open }) => ({
    name: `a bucket of ${name}`,
    seeds: name === "radosgw" ? 10 : 50,
    largest: 24_000_000,
    open: async (faults?: StoreFaults) => {
      const { bucket, client, fake } = await open();
      if (fake && faults) {
        const { random } = faults;
        fake.onRequest = () => (random() < 0.05 ? FAULTS[Math.floor(random() * FAULTS.length)] : undefined);
      }
      return s3Store({ client: client(), bucket, prefix: "p" });
    },
  })),
];
