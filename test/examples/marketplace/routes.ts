/** The marketplace's URLs. Apple calls `/notifications`, devices call `/packages/` and the paths in install.ts; keep the rest private. */
import type { Context } from "./context.js";
import { createInstalling, type InstallOptions } from "./install.js";
import { createNotificationEndpoint } from "./notifications.js";
import { readOverview } from "./overview.js";
import { renderPage } from "./page.js";
import { serveFile } from "./store.js";

/** `/packages/<package>/` is the package's URL for devices. The store holds more than what is served. */
const PACKAGE_FILE = /^\/packages\/([\w-]+)\/(manifest\.json|signature|(?:variant|delta)\/[\w-]+\.ipa)$/;
const RETRY = /^\/packages\/([\w-]+)\/retry$/;

export async function createRoutes(context: Context, secret: string, installing?: InstallOptions) {
  const { database, queue, store } = context;
  const handleNotification = createNotificationEndpoint(context, secret);
  const answerDevice = installing && (await createInstalling(context, installing));

  /** The button of a package, or of a version, that was given up. A page of another site cannot use it. */
  async function retry(request: Request, id: string): Promise<Response> {
    if (request.headers.get("sec-fetch-site") !== "same-origin") return new Response(null, { status: 403 });
    await database.transaction(async (queries) => {
      const [known] = await queries.sql`
        update marketplace.packages set problem = null where id = ${id} returning id`;
      if (known) await queue.sendPackage(queries, id);
      const [version] = await queries.sql<{ appId: string }>`
        select data->>'appId' as "appId" from pgboss.job where name = 'dead' and data->>'versionId' = ${id}`;
      if (version) await queue.sendVersion(queries, id, version.appId);
    });
    return new Response(null, { status: 303, headers: { location: "/" } });
  }

  async function route(request: Request): Promise<Response | undefined> {
    const { pathname } = new URL(request.url);
    if (pathname === "/notifications") return handleNotification(request);
    if (pathname === "/") return renderPage(await readOverview(database));
    const [, packageId, path] = PACKAGE_FILE.exec(pathname) ?? [];
    if (packageId && path) {
      const [served] = await database.sql`select from marketplace.served where package_id = ${packageId}`;
      return served ? serveFile(store(packageId), path, request) : undefined;
    }
    const [, retried] = RETRY.exec(pathname) ?? [];
    if (retried && request.method === "POST") return retry(request, retried);
    return answerDevice?.(request);
  }

  return async (request: Request) => (await route(request)) ?? new Response(null, { status: 404 });
}
