import { verifyNotification } from "../../src/notifications/index.js";
import { ratio, type Spread, spread } from "./statistics.js";

const ROUNDS = 40;
const CALLS_PER_ROUND = 500;
const SECRET = "a secret for the bench";

/** What verifying one notification costs, compared with only its HMAC. Times in microseconds per call. */
export interface NotificationBench {
  readonly notification: string;
  readonly bodyBytes: number;
  readonly hmac: number;
  readonly verify: number;
  /** verify / hmac of each round. */
  readonly ratio: Spread;
}

/**
 * Compares `verifyNotification` (header, HMAC, JSON, event) with only a WebCrypto HMAC of the same body and an imported
 * key, for a small and a large notification. Both run in each round, one after the other, so that other load on the
 * machine affects both.
 */
export async function benchNotifications(): Promise<NotificationBench[]> {
  const results: NotificationBench[] = [];
  for (const [notification, document] of Object.entries(SAMPLES)) {
    results.push(await benchOne(notification, JSON.stringify(document)));
  }
  return results;
}

async function benchOne(notification: string, text: string): Promise<NotificationBench> {
  const encoder = new TextEncoder();
  const body = encoder.encode(text);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(SECRET), algorithm, false, ["sign"]);
  const digest = Buffer.from(await crypto.subtle.sign("HMAC", key, body)).toString("hex");
  const signature = `hmacsha256=${digest}`;

  const hmac = () => crypto.subtle.sign("HMAC", key, body);
  const verify = () => verifyNotification({ body, signature, secret: SECRET });

  await microsecondsPerCall(hmac); // warm up
  await microsecondsPerCall(verify);
  const hmacTimes: number[] = [];
  const verifyTimes: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    hmacTimes.push(await microsecondsPerCall(hmac));
    verifyTimes.push(await microsecondsPerCall(verify));
  }
  return {
    notification,
    bodyBytes: body.byteLength,
    hmac: spread(hmacTimes).median,
    verify: spread(verifyTimes).median,
    ratio: ratio(verifyTimes, hmacTimes),
  };
}

async function microsecondsPerCall(call: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  for (let calls = 0; calls < CALLS_PER_ROUND; calls++) await call();
  return ((performance.now() - start) * 1000) / CALLS_PER_ROUND;
}

const MARKETPLACE_APP = { data: { type: "apps", id: "6400000009" } };
const TERRITORIES =
  "AUT BEL BGR CYP CZE DEU DNK ESP EST FIN FRA GRC HRV HUN IRL ITA LTU LUX LVA MLT NLD POL PRT ROU SVK SVN SWE";

const SAMPLES = {
  "version created": {
    data: {
      type: "alternativeDistributionPackageVersionCreated",
      id: "33333333-0000-4000-8000-000000000001",
      version: 1,
      attributes: { appId: "6400000001", timestamp: "2025-07-10T22:35:02.541411Z" },
      relationships: {
        instance: {
          data: {
            type: "alternativeDistributionPackageVersions",
            id: "22222222-0000-4000-8000-000000000001",
          },
        },
        marketplaceApp: MARKETPLACE_APP,
      },
    },
  },
  "package available in 27 territories": {
    data: {
      type: "alternativeDistributionPackageAvailableUpdated",
      id: "33333333-0000-4000-8000-000000000002",
      version: 1,
      attributes: {
        available: true,
        territories: TERRITORIES.split(" "),
        appId: "6400000001",
        timestamp: "2025-07-11T17:47:14.498347Z",
      },
      relationships: {
        instance: {
          data: { type: "alternativeDistributionPackages", id: "11111111-0000-4000-8000-000000000001" },
        },
        marketplaceApp: MARKETPLACE_APP,
      },
    },
  },
};
