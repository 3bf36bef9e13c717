import { describe, expect, test } from "vitest";
import {
  AppStoreConnectError,
  AuthenticationError,
  ConflictError,
  ConnectionError,
  InvalidRequestError,
  NotFoundError,
  PermissionError,
  RateLimitError,
  ServerError,
  TimeoutError,
} from "../src/index.js";
import { clientOver, failure } from "./support/client.js";
import { errors, json } from "./support/documents.js";
import { seededRandom } from "./support/random.js";
import { thorough } from "./support/thorough.js";

async function errorFor(body: unknown, status: number, headers: Record<string, string> = {}) {
  const { client, clock } = clientOver(() => json(body, { status, headers }), { maxRetries: 0 });
  const error = await failure(clock.run(client.versions.get("1")));
  if (!(error instanceof AppStoreConnectError)) throw error;
  return error;
}

describe("an HTTP error", () => {
  test.each([
    [400, InvalidRequestError],
    [401, AuthenticationError],
    [403, PermissionError],
    [404, NotFoundError],
    [409, ConflictError],
    [422, InvalidRequestError],
    [429, RateLimitError],
    [500, ServerError],
    [503, ServerError],
    [599, ServerError],
    [405, AppStoreConnectError],
    [406, AppStoreConnectError],
    [418, AppStoreConnectError],
  ])("%i is a %O", async (status, kind) => {
    const error = await errorFor(errors(status, "SOME.CODE"), status);
    expect(error.constructor).toBe(kind);
    expect(error.name).toBe(kind.name);
    expect(error).toMatchObject({ status, code: "SOME.CODE", attempts: 1 });
    expect(error.stack).toMatch(new RegExp(`^${kind.name}: versions.get failed: ${status} SOME.CODE`));
  });

  test("tells everything in one line", async () => {
    const body = {
      errors: [
        ...errors(404, "NOT_FOUND", { source: { parameter: "id" } }).errors,
        ...errors(404, "B").errors,
      ],
    };
    const error = await errorFor(body, 404, { "x-request-id": "REQ-1" });
    expect(error.message).toBe(
      "versions.get failed: 404 NOT_FOUND: Short words.: Long words [id] and 1 more " +
        "(GET /v1/alternativeDistributionPackageVersions/1, request id REQ-1, 1 attempt)",
    );
    expect(error).toMatchObject({
      requestId: "REQ-1",
      method: "GET",
      path: "/v1/alternativeDistributionPackageVersions/1",
      errors: body.errors,
    });
  });

  test("stays on one line whatever the response says", async () => {
    const error = await errorFor(errors(400, "A", { detail: "x\r\ny\u0007\u2028z" }), 400);
    expect(error.message).toContain("x y z");
    expect((await errorFor(errors(400, "A", { detail: "x".repeat(9999) }), 400)).message.length).toBeLessThan(
      900,
    );
  });

  test.each([
    ["HTML", "<html>\n<h1>Bad gateway</h1></html>", 'with "<html> <h1>Bad gateway</h1></html>"'],
    ["plain text", "Not Acceptable", 'with "Not Acceptable"'],
    ["nothing", "", "with an empty body"],
    ["JSON of another form", { message: "no" }, 'with "{"message":"no"}"'],
    ["an empty list", { errors: [] }, 'with "{"errors":[]}"'],
  ])("quotes a body that is %s", async (_, body, message) => {
    const error = await errorFor(body, 406);
    expect(error.message).toContain(`versions.get failed: 406 ${message}`);
    expect(error).toMatchObject({ errors: [], code: undefined });
  });

  test.each([{}, { title: " ", detail: "\n" }, { code: 5 }])(
    "quotes an error that says nothing: %j",
    async (entry) => {
      const body = { errors: [entry] };
      const error = await errorFor(body, 404);
      expect(error.message).toContain(`failed: 404 with "${JSON.stringify(body)}" (GET`);
      expect(error.errors).toEqual([entry]);
    },
  );

  test("accepts entries of another form than Apple's", async () => {
    const error = await errorFor(
      { errors: [null, "x", 7, [], { code: 5, title: {}, detail: "d", source: "s" }, { code: "C" }] },
      400,
    );
    expect(error.errors).toHaveLength(2);
    expect(error.code).toBe("C");
    expect(error.hasCode("C")).toBe(true);
  });

  test("keeps Apple's own words about tokens", async () => {
    const detail =
      "Provide a properly configured and signed bearer token, and make sure that it has not expired.";
    const error = await errorFor(
      { errors: [{ title: "t", detail, code: "NOT_AUTHORIZED", status: "401" }] },
      401,
    );
    expect(error.code).toBe("NOT_AUTHORIZED");
    expect(error.errors[0]?.detail).toBe(detail);
  });

  test("hasCode matches dot by dot", async () => {
    const error = await errorFor(
      { errors: [{ code: "A" }, { code: "ENTITY_ERROR.ATTRIBUTE.INVALID" }] },
      409,
    );
    for (const code of ["A", "ENTITY_ERROR", "ENTITY_ERROR.ATTRIBUTE", "ENTITY_ERROR.ATTRIBUTE.INVALID"]) {
      expect(error.hasCode(code)).toBe(true);
    }
    for (const code of [
      "",
      "ENTITY",
      "ENTITY_ERROR.",
      "ENTITY_ERROR.ATTR",
      "ATTRIBUTE",
      "ENTITY_ERROR.ATTRIBUTE.INVALID.X",
    ]) {
      expect(error.hasCode(code)).toBe(false);
    }
  });
});

describe("a response with status 200 that is no document", () => {
  test.each([
    "<html>",
    "",
    "{}",
    '{"data":',
    "null",
    "[]",
    '"text"',
    '{"data":null}',
    '{"data":[]}',
    '{"data":{"id":1,"type":"x"}}',
  ])("%j is an AppStoreConnectError with that status", async (body) => {
    const error = await errorFor(body, 200);
    expect(error.constructor).toBe(AppStoreConnectError);
    expect(error).toMatchObject({ status: 200, attempts: 1 });
    expect(error.message).toContain("versions.get failed: 200, but the body is no JSON:API resource");
  });

  test("a linkage with data: null says that there is none", async () => {
    const { client } = clientOver(() => new Response('{"data":null,"links":{"self":"s"}}'));
    expect(await client.packages.getIdForAppStoreVersion("1")).toMatchObject({ data: null });
    const related = await failure(client.packages.getForAppStoreVersion("1"));
    expect(related).toBeInstanceOf(NotFoundError);
    expect(related).toMatchObject({ status: 200 });
    expect(String(related)).toContain("packages.getForAppStoreVersion failed: 200, and there is none");
  });

  test("204 is one too", async () => {
    const { client } = clientOver(() => new Response(null, { status: 204 }));
    expect(await failure(client.versions.get("1"))).toMatchObject({
      name: "AppStoreConnectError",
      status: 204,
    });
  });
});

describe("mutated bodies", () => {
  const document = JSON.stringify({
    data: [
      {
        type: "alternativeDistributionPackageVariants",
        id: "a",
        attributes: { url: "https://x.y/z?accessKey=1" },
      },
    ],
    links: { self: "https://api/self", next: "?cursor=2" },
    meta: { paging: { total: 2, limit: 1 } },
  });
  const problem = JSON.stringify(errors(409, "STATE_ERROR", { source: { pointer: "/data" } }));

  test.each(thorough ? [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] : [1])(
    "give documents or typed errors, never another exception (seed %i)",
    async (seed) => {
      const random = seededRandom(seed);
      const pick = (below: number) => Math.floor(random() * below);
      const mutate = (text: string) => {
        let mutated = text;
        for (let n = pick(4); n >= 0; n--) {
          const at = pick(mutated.length + 1);
          const junk = [
            "",
            "{",
            "}",
            "[",
            "]",
            '"',
            ",",
            "null",
            "0",
            "\u0000",
            "\\",
            "é",
            mutated.slice(pick(at + 1), at),
          ];
          mutated = mutated.slice(0, at) + (junk[pick(junk.length)] ?? "") + mutated.slice(at + pick(9));
        }
        return mutated;
      };
      const statuses = [200, 200, 200, 201, 204, 400, 409, 500];
      const outcomes = { documents: 0, errors: 0 };
      for (let i = 0; i < 1000; i++) {
        const status = statuses[pick(statuses.length)] ?? 200;
        const body = status === 204 ? null : mutate(status < 300 ? document : problem);
        const { client } = clientOver(() => new Response(body, { status }), { maxRetries: 0 });
        try {
          const items = await client.versions.listVariants("1").toArray({ limit: 1 });
          for (const item of items) expect(typeof item.id).toBe("string");
          outcomes.documents++;
        } catch (error) {
          expect(error).toBeInstanceOf(AppStoreConnectError);
          expect(String(error)).not.toContain("accessKey=1");
          outcomes.errors++;
        }
      }
      expect(outcomes.documents).toBeGreaterThan(40);
      expect(outcomes.errors).toBeGreaterThan(400);
    },
  );
});

test("kinds without a response are told apart by name", async () => {
  const { client, clock } = clientOver(() => {
    throw new TypeError("fetch failed");
  });
  const error = await failure(clock.run(client.versions.get("1")));
  expect(error).toMatchObject({
    name: "ConnectionError",
    status: undefined,
    code: undefined,
    errors: [],
    attempts: 6,
  });
  expect(error).toBeInstanceOf(ConnectionError);
  expect(new TimeoutError("x", { method: "GET", path: "/", attempts: 1 }).name).toBe("TimeoutError");
});
