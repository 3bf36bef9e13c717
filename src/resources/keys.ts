import type {
  AlternativeDistributionKeyCreateRequest,
  AlternativeDistributionKeyResponse,
  AlternativeDistributionKeysResponse,
} from "../../generated/paths.js";
import { checkObject, kindOf, optionError } from "../checks.js";
import { NotFoundError } from "../errors.js";
import type { CallOptions } from "../options.js";
import type { ListOf } from "../pagination.js";
import type { ApiCall } from "../with-response.js";
import { findIn, findOrCreate } from "./find.js";
import type { Operations, QueryOf } from "./operations.js";
import { toOne } from "./to-one.js";

export type ListKeysQuery = QueryOf<"alternativeDistributionKeys_getCollection">;
export type GetKeyQuery = QueryOf<"alternativeDistributionKeys_getInstance">;
export type GetKeyForAppQuery = QueryOf<"apps_alternativeDistributionKey_getToOneRelated">;

/** A public key to register: P-256, PEM. */
export interface KeyRequest extends Readonly<AlternativeDistributionKeyCreateRequest["data"]["attributes"]> {
  /** The one app that the key is for. Without it, the key is for all apps of the account. */
  readonly appId?: string | undefined;
}

/** Public keys for alternative distribution. Apple checks install tokens with them. */
export class Keys {
  readonly #operations: Operations;

  constructor(operations: Operations) {
    this.#operations = operations;
  }

  /**
   * Lists the account's public keys. Apple returns them without the PEM's line breaks.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-alternativedistributionkeys
   */
  list(query?: ListKeysQuery, options?: CallOptions): ListOf<AlternativeDistributionKeysResponse> {
    return this.#operations.list("alternativeDistributionKeys_getCollection", { query }, options);
  }

  /**
   * Reads a public key.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-alternativedistributionkeys-_id_
   */
  get(
    keyId: string,
    query?: GetKeyQuery,
    options?: CallOptions,
  ): ApiCall<AlternativeDistributionKeyResponse> {
    return this.#operations.call("alternativeDistributionKeys_getInstance", { id: keyId, query }, options);
  }

  /**
   * Reads the public key of an app. Its id is the key id of the app's install tokens.
   *
   * @throws NotFoundError if the app has none.
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-apps-_id_-alternativedistributionkey
   */
  getForApp(
    appId: string,
    query?: GetKeyForAppQuery,
    options?: CallOptions,
  ): ApiCall<AlternativeDistributionKeyResponse> {
    const operation = "apps_alternativeDistributionKey_getToOneRelated";
    return this.#operations.call(operation, { id: appId, query }, options);
  }

  /**
   * Registers a public key, for one app or for all apps of the account.
   *
   * @throws TypeError for a private key, which is not sent.
   * @see https://developer.apple.com/documentation/appstoreconnectapi/post-v1-alternativedistributionkeys
   */
  create(request: KeyRequest, options?: CallOptions): ApiCall<AlternativeDistributionKeyResponse> {
    const checked = () => {
      const { appId, ...attributes } = checkObject("request", request);
      checkPublicKey(attributes.publicKey);
      const app = appId === undefined ? undefined : toOne("appId", "apps", appId);
      return {
        body: {
          data: { type: "alternativeDistributionKeys", attributes, ...(app && { relationships: { app } }) },
        },
      } as const;
    };
    return this.#operations.call("alternativeDistributionKeys_createInstance", checked, options);
  }

  /**
   * Reads the public key if it is registered, for this app or for all apps of the account, or registers it. Line breaks do
   * not count. What exists is not changed.
   */
  ensure(request: KeyRequest, options?: CallOptions): Promise<AlternativeDistributionKeyResponse> {
    const find = async () => {
      const wanted = base64Of(checkPublicKey(checkObject("request", request).publicKey));
      const found = await findIn(
        this.#keysFor(request.appId, options),
        ({ attributes }) => base64Of(attributes?.publicKey) === wanted,
      );
      return found && this.get(found.id, {}, options);
    };
    return findOrCreate(find, () => this.create(request, options));
  }

  /** The keys that serve an app: its own and those of the account. */
  async *#keysFor(appId: string | undefined, options: CallOptions | undefined) {
    try {
      if (appId !== undefined) yield (await this.getForApp(appId, {}, options)).data;
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
    yield* this.list({ "exists[app]": false }, options);
  }

  /**
   * Removes a public key.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/delete-v1-alternativedistributionkeys-_id_
   */
  delete(keyId: string, options?: CallOptions): ApiCall<undefined> {
    return this.#operations.call("alternativeDistributionKeys_deleteInstance", { id: keyId }, options);
  }
}

// A private key as PEM, PKCS#8 or SEC1, or either in base64.
const PRIVATE_KEY = /PRIVATE|^(?:LS0tLS1CRUdJTiB(?:QUk|FQy)|M\w{3}AgE|M\w\wCAQ)/;

/** @throws TypeError unless the value is a text that is no private key. The message shows nothing of it. */
function checkPublicKey(value: unknown): string {
  const text = typeof value === "string" ? value.trim() : undefined;
  if (text && !PRIVATE_KEY.test(text)) return text;
  throw optionError("publicKey", "a public key, PEM", text ? "a private key" : kindOf(text ?? value));
}

/** A PEM's content in one line, however its lines are broken. */
function base64Of(pem: string | undefined): string | undefined {
  return pem?.replace(/-----[^-]*-----|\\n|\s/g, "");
}
