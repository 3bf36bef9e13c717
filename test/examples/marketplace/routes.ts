/** The marketplace's URLs. Only `/notifications` and `/packages/` are for the public; keep the page to yourselves. */
import type { Context } from "./context.js";
import { readOverview } from "./overview.js";
import { renderPage } from "./page.js";

type Handler = (request: Request) => Promise<Response>;

/** `/packages/<package>/` is the package's URL for devices. The store holds more than what is served. */
const PACKAGE_FILE = /^\/packages\/([\w-]+)\/(manifest\.json|signature|(?:variant|delta)\/[\w-]+\.ipa)$/;
const RETRY = /^\/packages\/([\w-]+)\/retry$/;

export function createRoutes(context: Context, handleNotification: Handler): Handler {
  const { database, queue, store } = context;

  async function servePackageFile(packageId: string, path: string): Promise<Response> {
    const [served] = await database.query("select 1 from marketplace.served where package_id = $1", [
      packageId,
    ]);
    return served ? store.serve(packageId, path) : notFound();
  }

  /** The button of a package that was given up. Another site's page may not press it. */
  async function retry(request: Request, packageId: string): Promise<Response> {
    if (request.headers.get("sec-fetch-site") !== "same-origin") return new Response(null, { status: 403 });
    await database.transaction(async (queries) => {
      await queries.sql`update marketplace.packages set problem = null where id = ${packageId}`;
      await queue.sendPackage(queries, packageId);
    });
    return new Response(null, { status: 303, headers: { location: "/" } });
  }

  return async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/notifications") return handleNotification(request);
    const [, packageId, path] = PACKAGE_FILE.exec(pathname) ?? [];
    if (packageId && path) return servePackageFile(packageId, path);
    if (pathname === "/") return renderPage(await readOverview(database));
    const [, retried] = RETRY.exec(pathname) ?? [];
    return retried && request.method === "POST" ? retry(request, retried) : notFound();
  };
}

function notFound(): Response {
  return new Response(null, { status: 404 });
}
