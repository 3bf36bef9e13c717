import { describe, expectTypeOf, test } from "vitest";
import {
  createNotificationHandler,
  type NotificationEvent,
  type PackageChange,
  type SeenStore,
  verifyNotification,
} from "../../src/notifications/index.js";

declare const event: NotificationEvent;

test("verifyNotification gives the union, and nothing of it is any", () => {
  const verified = verifyNotification({ body: "", signature: null, secret: ["a", "b"] as const });
  expectTypeOf(verified).resolves.toEqualTypeOf<NotificationEvent>();
  expectTypeOf(event).not.toBeAny();
  expectTypeOf(event.document.data.anything).toEqualTypeOf<unknown>();
});

test("a parsed body and a missing secret are refused", () => {
  // @ts-expect-error the body must be raw
  verifyNotification({ body: { data: {} }, signature: "", secret: "" });
  // @ts-expect-error there is no default secret
  verifyNotification({ body: "", signature: "" });
});

describe("event.type tells the six apart, with other types beside them", () => {
  test("in a switch", () => {
    switch (event.type) {
      case "alternativeDistributionPackageVersionCreated":
        expectTypeOf(event.versionId).toEqualTypeOf<string>();
        expectTypeOf(event.change.action).toEqualTypeOf<"ingest">();
        break;
      case "AlternativeDistributionPackageVersionAvailable":
        expectTypeOf(event.packageId).toEqualTypeOf<string>();
        expectTypeOf(event.versionId).toEqualTypeOf<string>();
        expectTypeOf(event.versionNumber).toEqualTypeOf<string | undefined>();
        break;
      case "alternativeDistributionPackageAvailableUpdated":
        expectTypeOf(event.packageId).toEqualTypeOf<string>();
        expectTypeOf(event.available).toEqualTypeOf<boolean>();
        expectTypeOf(event.territories).toEqualTypeOf<string[] | undefined>();
        break;
      case "alternativeDistributionTerritoryAvailabilityUpdated":
        expectTypeOf(event.available).toEqualTypeOf<boolean>();
        // @ts-expect-error this type is about an app, not about a package
        event.packageId;
        break;
      case "AppVersionsUnavailable":
        expectTypeOf(event.packageIds).toEqualTypeOf<string[]>();
        expectTypeOf(event.change.action).toEqualTypeOf<"remove">();
        break;
      case "AppUnavailable":
        expectTypeOf(event.appId).toEqualTypeOf<string>();
        break;
      default:
        expectTypeOf(event.type).toExtend<string>();
        expectTypeOf(event.change).toEqualTypeOf<undefined>();
        // @ts-expect-error of another type nothing is known but the document
        event.appId;
    }
  });

  test("with ===", () => {
    if (event.type === "AppUnavailable") expectTypeOf(event.appId).toEqualTypeOf<string>();
    // @ts-expect-error not before the type is known
    event.appId;
    // @ts-expect-error a misspelt type is caught
    event.type === "AppUnavailible";
  });

  test("and any type can be compared as the string it is", () => {
    const type: string = event.type;
    expectTypeOf(type === "webhookPingCreated").toEqualTypeOf<boolean>();
  });
});

describe("event.change", () => {
  test("is there for the six, and only for them", () => {
    expectTypeOf(event.change).toEqualTypeOf<PackageChange | undefined>();
    if (event.change) expectTypeOf(event.appId).toEqualTypeOf<string>();
  });

  test("names a version or a package to ingest", () => {
    const { change } = event;
    if (change?.action !== "ingest") return;
    if (change.versionId === undefined) expectTypeOf(change.packageId).toEqualTypeOf<string>();
    if (change.packageId === undefined) expectTypeOf(change.versionId).toEqualTypeOf<string>();
  });

  test("makes its reader think of the whole app", () => {
    const { change } = event;
    if (change?.action !== "remove") return;
    expectTypeOf(change.packageIds).toEqualTypeOf<string[] | undefined>();
    // @ts-expect-error undefined stands for every package of the app
    for (const _ of change.packageIds);
  });
});

describe("the handler", () => {
  test("takes a Request to a Response", () => {
    const handler = createNotificationHandler({ secret: "x", onEvent: (each) => each.id });
    expectTypeOf(handler).toEqualTypeOf<(request: Request) => Promise<Response>>();
  });

  test("takes a Set or anything like it as seen", () => {
    expectTypeOf(new Set<string>()).toExtend<SeenStore>();
    expectTypeOf<{
      has: (id: string) => Promise<boolean>;
      add: (id: string) => Promise<void>;
    }>().toExtend<SeenStore>();
    // @ts-expect-error a store must be able to remember
    createNotificationHandler({ secret: "x", onEvent: () => {}, seen: { has: () => false } });
  });
});
