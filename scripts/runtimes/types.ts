// What a user's compiler reads: every entry point's declarations, with skipLibCheck off.
import { type AlternativeDistributionPackageVersion, createClient } from "app-store-alternative-distribution";
import { credentialsFromEnv } from "app-store-alternative-distribution/credentials";
import { type IngestResult, ingestPackage } from "app-store-alternative-distribution/ingest";
import {
  createInstallTokens,
  createUpdatesHandler,
  installLink,
} from "app-store-alternative-distribution/install";
import { createNotificationHandler } from "app-store-alternative-distribution/notifications";
import type { paths } from "app-store-alternative-distribution/paths";
import { createSandbox } from "app-store-alternative-distribution/sandbox";

export type Path = keyof paths;
export const client = createClient(await credentialsFromEnv());
export const version: AlternativeDistributionPackageVersion | undefined =
  await client.packages.currentVersion("1");
export const result: IngestResult = await ingestPackage(client, { packageId: "1", directory: "x" });
export const handler = createNotificationHandler({
  secret: "s",
  onEvent: async (event) => void event.change?.action,
});
export const tokens = await createInstallTokens({ keyId: "k", privateKey: "p", issuer: "1" });
export const link: string = installLink({ packageUrl: "https://example.com/p", token: "t" });
export const updates = createUpdatesHandler({ tokens, find: () => undefined });
export const { url } = await createSandbox().listen();
