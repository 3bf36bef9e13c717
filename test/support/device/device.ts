import type { KeyObject } from "node:crypto";
import { parseManifest } from "../../../src/ingest/package/parse-manifest.js";
import { parseJson } from "../../../src/json.js";
import { readAnswer, readConfiguration } from "./answers.js";
import { checkBytes, chooseAsset, type DeviceModel, isAtLeast } from "./assets.js";
import { checkDomains, openLink } from "./link.js";
import { DeviceRefusal, demand, type RefusalReason } from "./refusal.js";
import { checkInstallToken } from "./token.js";

/** What a device is, and what it and Apple know of who distributes. */
export interface DeviceOptions extends DeviceModel {
  /** The domain registered in App Store Connect. */
  readonly domain: string;
  /** The Apple ID of the marketplace. */
  readonly issuer: string;
  readonly keyId: string;
  readonly publicKey: KeyObject;
  /** The network. */
  readonly fetch: (request: Request) => Promise<Response>;
  /**
   * Ms since 1970.
   * @default Date.now
   */
  readonly now?: () => number;
  /**
   * Checks the signature of the package at a URL: what is wrong with it, `undefined` if nothing is.
   * @default the signature only has to be there
   */
  readonly checkSignature?: (packageUrl: string) => Promise<string | undefined>;
}

/** An app on the device. */
export interface InstalledApp {
  readonly bundleId: unknown;
  readonly appleVersionId: string;
  readonly version: unknown;
  /** What was downloaded last. */
  readonly downloaded: "variant" | "delta";
}

/** What is to be installed, and what is known of it before its manifest is read. */
interface Order {
  readonly packageUrl: string;
  readonly token: string;
  readonly kinds: (appId: string) => readonly string[];
  readonly promised?: Readonly<Record<string, string>>;
}

/**
 * A device in the order of requests that Apple documents: the link on a page, the configuration, the manifest, the signature,
 * then a delta or the variant for its model. It refuses, with a reason, what a real one would refuse.
 */
export class Device {
  /** By Apple ID. */
  readonly apps = new Map<string, InstalledApp>();
  /** The URL of each request. */
  readonly requests: string[] = [];
  readonly #options: DeviceOptions;
  readonly #nonces = new Set<string>();
  /** Apps that were ever on it, by Apple ID. */
  readonly #known = new Set<string>();

  constructor(options: DeviceOptions) {
    this.#options = options;
  }

  /** Loads a page and taps its install link. */
  async tap(page: string): Promise<void> {
    const html = Buffer.from(await this.#get(page, "page")).toString();
    const link = /href="(marketplace-kit:[^"]*)"/.exec(html)?.[1];
    demand(link !== undefined, "link", "there is none on the page");
    await this.install(page, link.replaceAll("&amp;", "&"));
  }

  /** Installs what a link on this page says. */
  async install(page: string, link: string): Promise<void> {
    const { alternativeDistributionPackage: packageUrl, installVerificationToken: token } = openLink(link);
    checkDomains(page, packageUrl, this.#options.domain);
    await this.#configuration(page);
    const kinds = (appId: string) => (this.#known.has(appId) ? ["redownload"] : ["download"]);
    await this.#install({ packageUrl, token, kinds });
  }

  /** Asks for updates and installs them. Returns the failures in the answer. */
  async update(origin: string) {
    return this.#ask(origin, "updates", () => ["download", "redownload"]);
  }

  /** Loses all apps, as after a restore from a backup, and asks for them. Returns the failures in the answer. */
  async restore(origin: string) {
    return this.#ask(origin, "restores", () => ["redownload"]);
  }

  async #ask(origin: string, list: "updates" | "restores", kinds: Order["kinds"]) {
    const configuration = await this.#configuration(origin);
    const apps = [...this.apps].map(([appleItemId, { appleVersionId }]) => ({ appleItemId, appleVersionId }));
    if (list === "restores") this.apps.clear();
    const url = list === "updates" ? configuration.updates : configuration.restore;
    const body = JSON.stringify({ apps, platform: "iOS", osVersion: this.#options.os });
    const answer = await this.#get(url, "answer", { method: "POST", body });
    const { offers, failures } = readAnswer(list, parseJson(Buffer.from(answer).toString()));
    const asked = new Set<unknown>(apps.map(({ appleItemId }) => appleItemId));
    for (const offer of offers) {
      demand(
        asked.delete(offer.appleItemId),
        "answer",
        `${offer.appleItemId} was not asked for, or is there twice`,
      );
    }
    for (const offer of offers) {
      const { alternativeDistributionPackage: packageUrl = "", installVerificationToken: token = "" } = offer;
      checkDomains(url, packageUrl, this.#options.domain);
      await this.#install({ packageUrl, token, kinds, promised: offer });
    }
    return failures;
  }

  async #configuration(page: string) {
    const url = new URL("/.well-known/marketplace-kit", page).href;
    return readConfiguration(parseJson(Buffer.from(await this.#get(url, "configuration")).toString()));
  }

  async #install({ packageUrl, token, kinds, promised = {} }: Order): Promise<void> {
    const { os } = this.#options;
    const base = packageUrl.replace(/\/$/, "");
    const manifest = await this.#manifest(`${base}/manifest.json`);
    const { platforms, minimumSystemVersions, bundleId, appleVersionId, shortVersionString } = manifest;
    for (const [field, value] of Object.entries(promised)) {
      demand(!(field in manifest) || manifest[field] === value, "manifest", `${field} is not as offered`);
    }
    const appId = String(manifest.appleItemId);
    checkInstallToken(token, {
      ...this.#options,
      kinds: kinds(appId),
      now: (this.#options.now ?? Date.now)(),
      nonces: this.#nonces,
      manifest,
    });
    demand(Array.isArray(platforms) && platforms.includes("ios"), "platform", `it is for ${platforms}`);
    const minimum = Object(minimumSystemVersions).ios;
    demand(isAtLeast(os, minimum ?? "0"), "system", `it needs ${minimum}`);
    const signature = await this.#get(`${base}/signature`, "signature");
    const problem = signature.length > 0 ? await this.#options.checkSignature?.(packageUrl) : "is empty";
    demand(problem === undefined, "signature", `${problem}`);
    const { kind, entry, details } = chooseAsset(
      manifest,
      this.#options,
      this.apps.get(appId)?.appleVersionId,
    );
    checkBytes(entry, details, await this.#get(`${base}/${entry.assetPath}`, "bytes"));
    this.#known.add(appId);
    this.apps.set(appId, {
      bundleId,
      appleVersionId: String(appleVersionId),
      version: shortVersionString,
      downloaded: kind,
    });
  }

  async #manifest(url: string) {
    const bytes = await this.#get(url, "manifest");
    try {
      return parseManifest(bytes).manifest;
    } catch (error) {
      throw new DeviceRefusal("manifest", String(error));
    }
  }

  /** @throws DeviceRefusal with this reason if the answer is no 200 */
  async #get(url: string, reason: RefusalReason, init: RequestInit = {}): Promise<Uint8Array> {
    demand(url.startsWith("https://"), "https", `${url} is not https`);
    this.requests.push(url);
    const response = await this.#options.fetch(new Request(url, init));
    const isRedirect = response.status >= 300 && response.status < 400;
    demand(!isRedirect, "https", `${url} redirects`);
    demand(response.status === 200, reason, `${url} answers ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  }
}
