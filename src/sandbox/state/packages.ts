import { checkObject, optionError, show } from "../../checks.js";
import { LONGEST_TIMER } from "../../clock.js";
import type { SandboxContext } from "../context.js";
import type { SandboxKey } from "../keys.js";
import { Rejection } from "../rejection.js";
import {
  manifestHead,
  type SandboxAppStoreVersion,
  type SandboxAppStoreVersions,
} from "./app-store-versions.js";
import { checkEligible } from "./eligibility.js";
import {
  checkVersionAssets,
  type PublishedVersion,
  publishedVersion,
  type SandboxPackageVersion,
  type SandboxPackageVersions,
  type VersionAssets,
} from "./package-versions.js";
import { type Collection, type Resource, relatedTo } from "./resource.js";
import type { RequestDocument, ResourceRules } from "./rules.js";

/** A package with its versions that are COMPLETED or REPLACED, and the one that is being built. */
export interface SandboxPackage extends Resource {
  readonly appStoreVersion: SandboxAppStoreVersion;
  readonly versions: SandboxPackageVersion[];
  building: { readonly version: SandboxPackageVersion; readonly doneAt: number } | undefined;
}

export interface PackageBuilding {
  /** Ms until a new package's version is COMPLETED. */
  readonly versionDelay: number;
  /** Called with the id of each version that is COMPLETED now. */
  readonly onVersion: (versionId: string) => void;
}

export class SandboxPackages {
  readonly rules: ResourceRules = {
    relationships: ["versions"],
    create: (document, key) => this.#create(document, key),
  };
  readonly #context: SandboxContext;
  readonly #appStoreVersions: SandboxAppStoreVersions;
  readonly #versions: SandboxPackageVersions;
  readonly #versionDelay: number;
  readonly #onVersion: (versionId: string) => void;
  readonly #collection: Collection<SandboxPackage>;
  readonly #building = new Set<SandboxPackage>();

  constructor(
    context: SandboxContext,
    appStoreVersions: SandboxAppStoreVersions,
    versions: SandboxPackageVersions,
    { versionDelay, onVersion }: PackageBuilding,
  ) {
    this.#context = context;
    this.#appStoreVersions = appStoreVersions;
    this.#versions = versions;
    this.#versionDelay = versionDelay;
    this.#onVersion = onVersion;
    this.#collection = context.state.define("alternativeDistributionPackages");
  }

  /** Completes the versions that are due by the sandbox's clock. */
  settle(): void {
    for (const owner of this.#building) {
      const { building } = owner;
      if (building && building.doneAt <= this.#context.clock.now()) this.#complete(owner, building.version);
    }
  }

  /** `Sandbox.publishVersion` */
  publish(id: string, wanted: VersionAssets = {}): PublishedVersion {
    checkVersionAssets(checkObject("assets", wanted));
    this.settle();
    const appStoreVersion = this.#appStoreVersions.get(id);
    const owner =
      this.#collection.get(id) ??
      (appStoreVersion && (this.packageOf(appStoreVersion) ?? this.#make(appStoreVersion)));
    if (!owner) {
      throw optionError("id", "the id of an App Store version or a package of this sandbox", show(id));
    }
    const asPlanned = Object.values(wanted).every((value) => value === undefined);
    const version = (asPlanned && owner.building?.version) || this.#plan(owner, wanted);
    this.#complete(owner, version);
    return publishedVersion(owner, version);
  }

  get(id: string): SandboxPackage | undefined {
    return this.#collection.get(id);
  }

  packageOf(appStoreVersion: SandboxAppStoreVersion): SandboxPackage | undefined {
    const [owner] = relatedTo(appStoreVersion, "alternativeDistributionPackage");
    return owner && this.#collection.get(owner.id);
  }

  withVersion(versionId: string): SandboxPackage | undefined {
    return this.#collection.all().find(({ versions }) => versions.some(({ id }) => id === versionId));
  }

  /** POST /v1/alternativeDistributionPackages */
  #create({ relationships }: RequestDocument, key: SandboxKey): SandboxPackage {
    if (key.role !== "developer") {
      throw new Rejection(403, "FORBIDDEN_ERROR", "Only the app's developer can create its packages.");
    }
    const appStoreVersion = this.#appStoreVersions.get(relationships.appStoreVersion?.id ?? "");
    const source = { pointer: "/data/relationships/appStoreVersion" };
    if (!appStoreVersion) {
      const detail = "The App Store version does not exist.";
      throw new Rejection(409, "ENTITY_ERROR.RELATIONSHIP.INVALID", detail, { source });
    }
    if (this.packageOf(appStoreVersion)) {
      throw new Rejection(409, "ENTITY_ERROR", "The App Store version has a package already.", { source });
    }
    checkEligible(appStoreVersion.options, source);
    const created = this.#make(appStoreVersion);
    this.settle();
    return created;
  }

  #make(appStoreVersion: SandboxAppStoreVersion): SandboxPackage {
    const { random, clock } = this.#context;
    const versions: SandboxPackageVersion[] = [];
    const id = random.uuid(`package ${appStoreVersion.id}`);
    const owner = this.#collection.add({
      type: "alternativeDistributionPackages",
      id,
      attributes: {
        sourceFileChecksum: {
          file: { hash: random.hex(`source ${id}`, 64), algorithm: "SHA_256" },
          composite: { hash: random.hex(`composite ${id}`, 32), algorithm: "MD5" },
        },
      },
      related: { versions },
      appStoreVersion,
      versions,
      building: undefined,
    });
    appStoreVersion.related.alternativeDistributionPackage = owner;
    owner.building = {
      version: this.#plan(owner, appStoreVersion.options),
      doneAt: clock.now() + this.#versionDelay,
    };
    this.#building.add(owner);
    // Webhooks get their notification also where nobody asks meanwhile. The timer keeps no process alive. A timer can
    // fire a millisecond early by the clock.
    const delay = this.#versionDelay;
    if (delay > 0 && delay < LONGEST_TIMER) setTimeout(() => this.settle(), delay + 1).unref();
    return owner;
  }

  #plan(owner: SandboxPackage, wanted: VersionAssets): SandboxPackageVersion {
    const { appStoreVersion, versions, building } = owner;
    return this.#versions.plan({
      owner,
      head: manifestHead(appStoreVersion, versions.length + 1),
      wanted,
      defaults: appStoreVersion.options,
      previous: versions.at(-1) ?? building?.version,
    });
  }

  #complete(owner: SandboxPackage, version: SandboxPackageVersion): void {
    owner.versions.push(this.#versions.complete(version, owner.versions.at(-1)));
    owner.building = undefined;
    this.#building.delete(owner);
    this.#onVersion(version.id);
  }
}
