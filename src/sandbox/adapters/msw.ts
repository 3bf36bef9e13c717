import { createRequire } from "node:module";

// Where msw is not installed, the declaration below would not compile; ignored, it is `any` there.
// biome-ignore lint/suspicious/noTsIgnore: expect-error would be an error where msw is installed.
/** @ts-ignore */
export type MswHandler = import("msw").RequestHandler;

/**
 * msw handlers that pass every request to these origins to `fetch`.
 *
 * msw is loaded when the handlers are first asked for: a program without msw must be able to import the sandbox.
 * `require` gives the same module as `import`.
 */
export function createHandlers(fetch: typeof globalThis.fetch, origins: readonly string[]): MswHandler[] {
  const { http, HttpResponse } = loadMsw();
  return origins.map((origin) =>
    http.all(`${origin}/*`, async ({ request }) => {
      try {
        return await fetch(request);
      } catch {
        // msw reports a thrown error as a bug of the handler. This is a failed connection.
        return HttpResponse.error();
      }
    }),
  );
}

function loadMsw(): typeof import("msw") {
  try {
    return createRequire(import.meta.url)("msw");
  } catch (cause) {
    throw new Error("sandbox.handlers needs msw: npm install --save-dev msw", { cause });
  }
}
