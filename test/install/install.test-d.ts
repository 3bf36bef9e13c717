import { expectTypeOf, test } from "vitest";
import type { Manifest } from "../../src/ingest/index.js";
import {
  createInstallTokens,
  createUpdatesHandler,
  type DeviceHandlerOptions,
  type InstallTokenRequest,
  type InstallTokens,
  type ServedApp,
  type UpdatesDocument,
} from "../../src/install/index.js";

declare const tokens: InstallTokens;
declare const catalog: Map<string, ServedApp>;

test("a handler takes a catalog that answers at once or later, and gives a web-standard handler", () => {
  const handler = createUpdatesHandler({ tokens, find: ({ appleItemId }) => catalog.get(appleItemId) });
  expectTypeOf(handler).toEqualTypeOf<(request: Request) => Promise<Response>>();
  createUpdatesHandler({
    tokens,
    find: async () => undefined,
    authorize: async ({ headers }) => headers.has("authorization") || 401,
  });
  createUpdatesHandler({ tokens, find: async () => undefined, authorize: async () => 403 });
  createUpdatesHandler({
    tokens,
    find: async () => undefined,
    async authorize({ headers }) {
      if (!headers.has("authorization")) return 401;
      return headers.get("authorization") === "Bearer good" ? true : 403;
    },
  });
  // @ts-expect-error nor is a text
  createUpdatesHandler({ tokens, find: () => undefined, authorize: async () => "403" });
  // @ts-expect-error 404 is no answer of authorize
  createUpdatesHandler({ tokens, find: () => undefined, authorize: () => 404 });
  const notAwaited = createInstallTokens({ keyId: "", privateKey: "", issuer: "" });
  // @ts-expect-error the tokens have to be awaited
  createUpdatesHandler({ tokens: notAwaited, find: () => undefined });
  expectTypeOf<Parameters<DeviceHandlerOptions["find"]>[0]["appleVersionId"]>().toEqualTypeOf<
    string | undefined
  >();
});

test("a token needs the app and the kind; the manifest is that of ./ingest", () => {
  expectTypeOf<InstallTokenRequest["kind"]>().toEqualTypeOf<"download" | "redownload">();
  // @ts-expect-error kind decides what Apple counts, so it has no default
  tokens.sign({ bundleId: "org.example.notes" });
  expectTypeOf<ServedApp["manifest"]>().toEqualTypeOf<Manifest>();
  expectTypeOf<UpdatesDocument["updates"][number]["bundleVersion"]>().toEqualTypeOf<string>();
});
