import { describe, expectTypeOf, test } from "vitest";
import {
  createNotificationHandler,
  type NotificationEvent,
  type PackageChange,
  type SeenStore,
  verifyNotification,
} from "../../src/notifications/index.js";

declare const event: NotificationEvent;

test("verifyNotification returns the union, and no part of it is any", () => {
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

describe("event.type narrows to each known type and to the others", () => {
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
        // @ts-expect-error another type has only its document
        event.appId;
    }
  });

  test("with ===", () => {
    if (event.type === "AppUnavailable") expectTypeOf(event.appId).toEqualTypeOf<string>();
    // @ts-expect-error the type is not known here
    event.appId;
    // @ts-expect-error a misspelled type is an error
    event.type === "AppUnavailible";
  });

  test("and can be compared as a plain string", () => {
    const type: string = event.type;
    expectTypeOf(type === "webhookPingCreated").toEqualTypeOf<boolean>();
  });
});

describe("event.change", () => {
  test("exists for the known types only", () => {
    expectTypeOf(event.change).toEqualTypeOf<PackageChange | undefined>();
    if (event.change) expectTypeOf(event.appId).toEqualTypeOf<string>();
  });

  test("names a version or a package to ingest", () => {
    const { change } = event;
    if (change?.action !== "ingest") return;
    if (change.versionId === undefined) expectTypeOf(change.packageId).toEqualTypeOf<string>();
    if (change.packageId === undefined) expectTypeOf(change.versionId).toEqualTypeOf<string>();
  });

  test("forces its user to handle the whole app", () => {
    const { change } = event;
    if (change?.action !== "remove") return;
    expectTypeOf(change.packageIds).toEqualTypeOf<string[] | undefined>();
    // @ts-expect-error undefined means every package of the app
    for (const _ of change.packageIds);
  });
});

describe("the handler", () => {
  test("takes a Request and returns a Response", () => {
    const handler = createNotificationHandler({ secret: "x", onEvent: (each) => each.id });
    expectTypeOf(handler).toEqualTypeOf<(request: Request) => Promise<Response>>();
  });

  test("takes a Set or something like it as seen", () => {
    expectTypeOf(new Set<string>()).toExtend<SeenStore>();
    expectTypeOf<{
      has: (id: string) => Promise<boolean>;
      add: (id: string) => Promise<void>;
    }>().toExtend<SeenStore>();
    // @ts-expect-error a store needs add
    createNotificationHandler({ secret: "x", onEvent: () => {}, seen: { has: () => false } });
  });
});
