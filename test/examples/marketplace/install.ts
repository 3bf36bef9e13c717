/** What devices need in addition to the packages: a page with an install link, and answers about updates and restores. */
import type { InstallTokensOptions, ServedApp } from "app-store-alternative-distribution/install";
import {
  createInstallTokens,
  createRestoreHandler,
  createUpdatesHandler,
  installLink,
  marketplaceKitConfiguration,
} from "app-store-alternative-distribution/install";
import type { Context } from "./context.js";

export interface InstallOptions extends InstallTokensOptions {
  /** For example `https://shop.example.com`: the registered domain or a subdomain, for the pages and the packages. */
  readonly origin: string;
}

/** Answers devices and browsers; `undefined` for other paths. */
export async function createInstalling({ database }: Context, options: InstallOptions) {
  // Without the slash that people may write at its end.
  const { origin } = new URL(options.origin);
  const tokens = await createInstallTokens(options);
  /** The highest version, not the one ingested last: Apple may add deltas to an older version at any time. */
  async function find({ appleItemId }: { appleItemId: string }): Promise<ServedApp | undefined> {
    const [app] = await database.sql<ServedApp>`
      select manifest, ${origin} || '/packages/' || package_id as "packageUrl"
      from marketplace.served where app_id = ${appleItemId} order by (select array_agg(number[1]::numeric)
      from regexp_matches(manifest->>'shortVersionString', '[0-9]+', 'g') number) desc nulls last, ingested_at desc limit 1`;
    return app;
  }
  const updates = createUpdatesHandler({ tokens, find, onError: console.error });
  const restore = createRestoreHandler({ tokens, find, onError: console.error });
  const configuration = marketplaceKitConfiguration({
    restore: `${origin}/restore`,
    updates: { url: `${origin}/updates`, pollingInterval: 24 },
  });

  /** Made for each visit and never cached: its token is for one install. */
  async function page(appId: string): Promise<Response | undefined> {
    const app = await find({ appleItemId: appId });
    if (!app) return undefined;
    const [bundleId, appVersionId] = [`${app.manifest.bundleId}`, `${app.manifest.appleVersionId}`];
    const token = await tokens.sign({ bundleId, kind: "download", appId, appVersionId });
    const link = installLink({ packageUrl: app.packageUrl, token, shareUrl: `${origin}/apps/${appId}` });
    const text = `<!doctype html><meta charset="utf-8"><a href="${link.replaceAll("&", "&amp;")}">Install</a>`;
    return new Response(text, { headers: { "content-type": "text/html", "cache-control": "no-store" } });
  }

  return async (request: Request): Promise<Response | undefined> => {
    const { pathname } = new URL(request.url);
    const [, appId] = /^\/apps\/(\d+)$/.exec(pathname) ?? [];
    if (appId) return page(appId);
    if (pathname === "/.well-known/marketplace-kit") return Response.json(configuration);
    if (pathname === "/updates") return updates(request);
    return pathname === "/restore" ? restore(request) : undefined;
  };
}
