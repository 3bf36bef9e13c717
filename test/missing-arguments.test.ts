import { describe, expect, test } from "vitest";
import * as credentials from "../src/credentials.js";
import * as core from "../src/index.js";
import * as ingest from "../src/ingest/index.js";
import * as install from "../src/install/index.js";
import * as notifications from "../src/notifications/index.js";
import * as s3 from "../src/s3/index.js";
import * as sandboxes from "../src/sandbox/index.js";

/** A function as JavaScript calls it: no compiler checks its arguments. */
type Callable = (...args: readonly unknown[]) => unknown;

/** The function without its parameter types. */
function call(target: (...args: never[]) => unknown): Callable {
  return (...args) => Reflect.apply(target, undefined, args);
}

/** What a call throws or rejects with. A list is read, because it requests nothing before. */
async function errorOf(run: () => unknown): Promise<unknown> {
  try {
    const result: unknown = await run();
    if (typeof result === "object" && result !== null && Symbol.asyncIterator in result) {
      // An object with this method is iterable.
      for await (const _ of result as AsyncIterable<unknown>) break;
    }
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Expects the error of an option: the name of an argument, or of what is in it, and what was given. */
async function expectOptionError(run: () => unknown, got: string): Promise<void> {
  const error = await errorOf(run);
  expect(error).toBeInstanceOf(TypeError);
  expect(String(error)).toMatch(new RegExp(`^TypeError: [\\w, ]+: expected [^]+, got ${got}$`));
}

/** Errors whose message is optional, as that of an Error is. */
const PLAIN_ERRORS = ["IngestError", "NotificationBodyError", "NotificationSignatureError"];
/** Functions whose one argument is optional. */
const OPTIONAL = ["createSandbox", "credentialsFromEnv"];

const entryPoints = [core, credentials, ingest, install, notifications, s3, sandboxes];
const exported = entryPoints
  .flatMap((entryPoint) => Object.entries<unknown>(entryPoint))
  .filter(([name, value]) => typeof value === "function" && !PLAIN_ERRORS.includes(name))
  // Only functions are left. Those that begin with a capital letter are classes.
  .map(([name, value]): [string, Callable] => [
    name,
    /^[A-Z]/.test(name) ? (...args) => Reflect.construct(value as Callable, args) : (value as Callable),
  ]);

describe("every exported function and class", () => {
  test.each(exported.filter(([name]) => !OPTIONAL.includes(name)))("%s() names what is missing", (_, run) =>
    expectOptionError(() => run(), "undefined"),
  );

  test.each(exported)("%s(null) names what is wrong", (_, run) =>
    // The class of an API error takes its facts as the second argument, which is then undefined.
    expectOptionError(() => run(null), "(null|undefined)"),
  );
});

const client = core.createClient({
  token: "not-a-real-token",
  maxRetries: 0,
  fetch: () => Promise.reject(new Error("no request is expected")),
});
const LISTS_OF_THE_ACCOUNT = ["apps.list", "keys.list", "domains.list"];

function methodOf(object: object, name: string): Callable {
  return (...args) => Reflect.apply(Reflect.get(object, name), object, args);
}

/** All methods of an object's class, by name. */
function methodsOf(object: object): [string, Callable][] {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(object));
  return names
    .filter((name) => name !== "constructor")
    .map((name): [string, Callable] => [name, methodOf(object, name)]);
}

describe("every method of a client that needs an argument", () => {
  const { api, baseUrl, rateLimit, ...resources } = client;
  const methods = Object.entries(resources)
    .flatMap(([resource, object]) =>
      methodsOf(object).map(([name, method]): [string, Callable] => [`${resource}.${name}`, method]),
    )
    .filter(([name]) => !LISTS_OF_THE_ACCOUNT.includes(name));

  test.each(methods)("%s() names what is missing", (_, method) =>
    expectOptionError(() => method(), "undefined"),
  );

  test.each(methods)("%s(null) names what is wrong", (_, method) =>
    expectOptionError(() => method(null), "null"),
  );
});

describe("every function that needs a second argument", () => {
  const second: [string, Callable][] = [
    ["ingestPackage", (options) => call(ingest.ingestPackage)(client, options)],
    ["missedNotifications", (options) => call(notifications.missedNotifications)(client, options)],
    ["altStoreVersion", (options) => call(install.altStoreVersion)({}, options)],
  ];

  test.each(second)("%s names it when it is missing", (_, method) =>
    expectOptionError(() => method(undefined), "undefined"),
  );

  test.each(second)("%s names it when it is null", (_, method) =>
    expectOptionError(() => method(null), "null"),
  );

  test("verifyPackage names options that are null", () =>
    expectOptionError(() => call(ingest.verifyPackage)("a folder", null), "null"));
});

describe("every method of install tokens and of a sandbox that needs an argument", () => {
  const sandbox = sandboxes.createSandbox({ seed: 1 });
  const keyId = "7d3a1f62-5b0e-4c8f-9a41-2e6c0b9d8f35";
  const { privateKey } = sandbox.credentials;
  const tokens = install.createInstallTokens({ keyId, privateKey, issuer: "6700000001" });
  const needed: [string, Callable][] = [
    ["tokens.sign", async (...args) => methodOf(await tokens, "sign")(...args)],
    ...["publishVersion", "notification", "notify", "deliver"].map((name): [string, Callable] => [
      `sandbox.${name}`,
      methodOf(sandbox, name),
    ]),
    ["sandbox.faults.add", methodOf(sandbox.faults, "add")],
  ];
  const optional = ["addApp", "addAppStoreVersion", "listen"].map((name): [string, Callable] => [
    `sandbox.${name}`,
    methodOf(sandbox, name),
  ]);

  test.each(needed)("%s() names what is missing", (_, method) =>
    expectOptionError(() => method(), "undefined"),
  );

  test.each([...needed, ...optional])("%s(null) names what is wrong", (_, method) =>
    expectOptionError(() => method(null), "null"),
  );
});
