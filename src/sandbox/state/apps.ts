import { checkObject, checkText, optionError } from "../../checks.js";
import type { SandboxContext } from "../context.js";
import type { Collection, Resource } from "./resource.js";
import type { ResourceRules } from "./rules.js";

/** An app to add. */
export interface AppOptions {
  /**
   * Its Apple ID: digits.
   * @default drawn from the seed
   */
  readonly id?: string | undefined;
  /**
   * Its bundle id.
   * @default `com.example.app1` for the first one, and so on
   */
  readonly bundleId?: string | undefined;
  /**
   * Its name.
   * @default the bundle id
   */
  readonly name?: string | undefined;
}

/** An app of the sandbox. */
export interface AddedApp {
  readonly id: string;
  readonly bundleId: string;
  readonly name: string;
}

/** An app with the account that owns it. */
export interface SandboxApp extends Resource, AddedApp {
  readonly owner: "developer" | "marketplace";
}

/** The apps of the developer, and the app of the marketplace. */
export class SandboxApps {
  readonly rules: ResourceRules = {
    attributes: ["bundleId", "name", "primaryLocale", "sku"],
    relationships: ["appStoreVersions"],
    isListed: ({ id }, { role }) => this.#collection.get(id)?.owner === role,
  };
  /** The id of the marketplace's app. */
  readonly marketplaceAppId: string;
  readonly #context: SandboxContext;
  readonly #collection: Collection<SandboxApp>;

  constructor(context: SandboxContext) {
    this.#context = context;
    this.#collection = context.state.define("apps");
    const marketplace = { id: "6478000001", bundleId: "com.example.marketplace", name: "Marketplace" };
    this.marketplaceAppId = this.#make(marketplace, "marketplace").id;
  }

  add(options: AppOptions = {}): SandboxApp {
    const { id, bundleId, name } = checkObject("options", options);
    // The first one is the marketplace's.
    const number = this.#collection.added;
    const drawn = () => String(6_400_000_000 + this.#context.random.bytes(`app ${number}`, 4).readUInt32BE());
    const added = {
      id: checkText("appId", id ?? drawn()),
      bundleId: checkText("bundleId", bundleId ?? this.#unusedBundleId(number)),
    };
    if (this.#collection.get(added.id)) {
      throw optionError("id", "an id that no app of this sandbox has", `"${added.id}"`);
    }
    if (this.withBundleId(added.bundleId)) {
      throw optionError("bundleId", "a bundle id that no app of this sandbox has", `"${added.bundleId}"`);
    }
    return this.#make({ ...added, name: name ?? added.bundleId }, "developer");
  }

  #unusedBundleId(number: number): string {
    const bundleId = `com.example.app${number}`;
    return this.withBundleId(bundleId) ? this.#unusedBundleId(number + 1) : bundleId;
  }

  get(id: string): SandboxApp | undefined {
    return this.#collection.get(id);
  }

  withBundleId(bundleId: string): SandboxApp | undefined {
    return this.#collection.all().find((app) => app.bundleId === bundleId);
  }

  #make(added: AddedApp, owner: SandboxApp["owner"]): SandboxApp {
    const { id, bundleId, name } = added;
    const attributes = { bundleId, name, primaryLocale: "en-US", sku: `sku-${id}` };
    return this.#collection.add({ ...added, type: "apps", attributes, related: {}, owner });
  }
}
