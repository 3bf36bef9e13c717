export type * from "../generated/paths.js";
export type { ApiKey } from "./auth.js";
export { type Client, createClient } from "./client.js";
export {
  type ApiError,
  AppStoreConnectError,
  AuthenticationError,
  ConflictError,
  ConnectionError,
  type ErrorFacts,
  InvalidRequestError,
  NotFoundError,
  PermissionError,
  RateLimitError,
  ServerError,
  TimeoutError,
} from "./errors.js";
export type { Api } from "./http/api.js";
export type { AttemptInit, Fetch } from "./http/attempt.js";
export type { RateLimit } from "./http/headers.js";
export type { OperationId } from "./http/url.js";
export type { AttemptEvent, CallOptions, ClientOptions, ConnectionOptions, GivenToken } from "./options.js";
export type { ListOf, Page, Paginated } from "./pagination.js";
export type {
  AppStoreVersionSearch,
  AppStoreVersions,
  GetAppStoreVersionQuery,
  ListAppStoreVersionsQuery,
  SearchPlatform,
} from "./resources/app-store-versions.js";
export type { Apps, GetAppQuery, ListAppsQuery } from "./resources/apps.js";
export type { Deltas, GetDeltaQuery } from "./resources/deltas.js";
export type { DomainRequest, Domains, GetDomainQuery, ListDomainsQuery } from "./resources/domains.js";
export type {
  GetKeyForAppQuery,
  GetKeyQuery,
  KeyRequest,
  Keys,
  ListKeysQuery,
} from "./resources/keys.js";
export type { DocumentOf, QueryOf } from "./resources/operations.js";
export type {
  GetForAppStoreVersionQuery,
  GetPackageQuery,
  ListVersionIdsQuery,
  ListVersionsQuery,
  PackageRequest,
  Packages,
} from "./resources/packages.js";
export type {
  GetSearchDetailQuery,
  SearchDetailChanges,
  SearchDetailRequest,
  SearchDetails,
} from "./resources/search-details.js";
export type { GetVariantQuery, Variants } from "./resources/variants.js";
export type {
  GetVersionQuery,
  ListDeltaIdsQuery,
  ListDeltasQuery,
  ListVariantIdsQuery,
  ListVariantsQuery,
  Versions,
} from "./resources/versions.js";
export type { WaitOptions } from "./resources/wait.js";
export type {
  GetWebhookQuery,
  ListDeliveriesQuery,
  ListWebhooksQuery,
  WebhookChanges,
  WebhookRequest,
  Webhooks,
} from "./resources/webhooks.js";
export type { ApiCall, ResponseInfo, WithResponse } from "./with-response.js";
