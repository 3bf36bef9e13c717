import { verifyNotification } from "../../src/notifications/index.js";

const rounds = 40;
const callsPerRound = 500;
const secret = "a secret for the bench";

/** What verifying one notification costs, next to nothing but its HMAC. Times in microseconds per call. */
export interface NotificationBench {
  notification: string;
  bodyBytes: number;
  hmac: number;
  verify: number;
  /** verify / hmac, round by round. */
  ratio: { median: number; p10: number; p90: number };
}

/**
 * `verifyNotification` (header, HMAC, JSON, event) against a bare WebCrypto HMAC of the same body with a key that
 * is imported already, for the smallest and the largest of Apple's notifications. Both run in turns within each
 * round, so that what else the machine does weighs on both alike.
 */
export async function benchNotifications(): Promise<NotificationBench[]> {
  const results: NotificationBench[] = [];
  for (const [notification, document] of Object.entries(samples)) {
    results.push(await benchOne(notification, JSON.stringify(document)));
  }
  return results;
}

/** Runs {@link benchNotifications} and prints a line for each. */
export async function printNotificationBench(): Promise<void> {
  for (const { notification, bodyBytes, hmac, verify, ratio } of await benchNotifications()) {
    console.log(
      `${notification}, ${bodyBytes} bytes: verify ${verify.toFixed(1)} µs, bare HMAC ${hmac.toFixed(1)} µs, ` +
        `ratio ${ratio.median.toFixed(2)} (p10 ${ratio.p10.toFixed(2)}, p90 ${ratio.p90.toFixed(2)}, ${rounds} rounds)`,
    );
  }
}

async function benchOne(notification: string, text: string): Promise<NotificationBench> {
  const encoder = new TextEncoder();
  const body = encoder.encode(text);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["sign"]);
  const digest = Buffer.from(await crypto.subtle.sign("HMAC", key, body)).toString("hex");
  const signature = `hmacsha256=${digest}`;

  const hmac = () => crypto.subtle.sign("HMAC", key, body);
  const verify = () => verifyNotification({ body, signature, secret });

  await microsecondsPerCall(hmac); // warm up
  await microsecondsPerCall(verify);
  const pairs: { hmac: number; verify: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    pairs.push({ hmac: await microsecondsPerCall(hmac), verify: await microsecondsPerCall(verify) });
  }
  const ratios = pairs.map((pair) => pair.verify / pair.hmac);
  return {
    notification,
    bodyBytes: body.byteLength,
    hmac: quantile(
      pairs.map((pair) => pair.hmac),
      0.5,
    ),
    verify: quantile(
      pairs.map((pair) => pair.verify),
      0.5,
    ),
    ratio: { median: quantile(ratios, 0.5), p10: quantile(ratios, 0.1), p90: quantile(ratios, 0.9) },
  };
}

async function microsecondsPerCall(call: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  for (let calls = 0; calls < callsPerRound; calls++) await call();
  return ((performance.now() - start) * 1000) / callsPerRound;
}

function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN;
}

const marketplaceApp = { data: { type: "apps", id: "6400000009" } };
const territories =
  "AUT BEL BGR CYP CZE DEU DNK ESP EST FIN FRA GRC HRV HUN IRL ITA LTU LUX LVA MLT NLD POL PRT ROU SVK SVN SWE";

const samples = {
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
        marketplaceApp,
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
        territories: territories.split(" "),
        appId: "6400000001",
        timestamp: "2025-07-11T17:47:14.498347Z",
      },
      relationships: {
        instance: {
          data: { type: "alternativeDistributionPackages", id: "11111111-0000-4000-8000-000000000001" },
        },
        marketplaceApp,
      },
    },
  },
};
