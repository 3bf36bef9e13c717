import type {
  AlternativeDistributionDomainCreateRequest,
  AlternativeDistributionDomainResponse,
  AlternativeDistributionDomainsResponse,
} from "../../generated/paths.js";
import { checkObject, checkText } from "../checks.js";
import type { CallOptions } from "../options.js";
import type { ListOf } from "../pagination.js";
import type { ApiCall } from "../with-response.js";
import { findIn, findOrCreate } from "./find.js";
import type { Operations, QueryOf } from "./operations.js";

export type ListDomainsQuery = QueryOf<"alternativeDistributionDomains_getCollection">;
export type GetDomainQuery = QueryOf<"alternativeDistributionDomains_getInstance">;
/** A domain to register, and a name for people. */
export type DomainRequest = Readonly<AlternativeDistributionDomainCreateRequest["data"]["attributes"]>;

/** The domains that an account distributes its apps from on the web. */
export class Domains {
  readonly #operations: Operations;

  constructor(operations: Operations) {
    this.#operations = operations;
  }

  /**
   * Lists the registered domains.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-alternativedistributiondomains
   */
  list(query?: ListDomainsQuery, options?: CallOptions): ListOf<AlternativeDistributionDomainsResponse> {
    return this.#operations.list("alternativeDistributionDomains_getCollection", { query }, options);
  }

  /**
   * Reads a registered domain.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-alternativedistributiondomains-_id_
   */
  get(
    domainId: string,
    query?: GetDomainQuery,
    options?: CallOptions,
  ): ApiCall<AlternativeDistributionDomainResponse> {
    return this.#operations.call(
      "alternativeDistributionDomains_getInstance",
      { id: domainId, query },
      options,
    );
  }

  /**
   * Registers a domain for all apps of the account.
   *
   * @throws ConflictError if it is registered already.
   * @see https://developer.apple.com/documentation/appstoreconnectapi/post-v1-alternativedistributiondomains
   */
  create(request: DomainRequest, options?: CallOptions): ApiCall<AlternativeDistributionDomainResponse> {
    const checked = () => {
      const attributes = checkObject("request", request);
      return { body: { data: { type: "alternativeDistributionDomains", attributes } } } as const;
    };
    return this.#operations.call("alternativeDistributionDomains_createInstance", checked, options);
  }

  /**
   * Reads the domain if it is registered, or registers it. Upper and lower case are the same. What exists is not changed:
   * it keeps its reference name.
   */
  ensure(request: DomainRequest, options?: CallOptions): Promise<AlternativeDistributionDomainResponse> {
    const find = async () => {
      const wanted = checkText("domain", checkObject("request", request).domain).toLowerCase();
      const found = await findIn(
        this.list({}, options),
        ({ attributes }) => attributes?.domain?.toLowerCase() === wanted,
      );
      return found && this.get(found.id, {}, options);
    };
    return findOrCreate(find, () => this.create(request, options));
  }

  /**
   * Removes a domain.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/delete-v1-alternativedistributiondomains-_id_
   */
  delete(domainId: string, options?: CallOptions): ApiCall<undefined> {
    return this.#operations.call("alternativeDistributionDomains_deleteInstance", { id: domainId }, options);
  }
}
