export type * from "../generated/paths.js";
export type { Api } from "./api.js";
export type { AttemptInit, Fetch } from "./attempt.js";
export type { ApiKey } from "./auth.js";
export type { DocumentOf, QueryOf } from "./caller.js";
export { type Client, createClient } from "./client.js";
export type { Deltas, GetDeltaQuery } from "./deltas.js";
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
export type { OperationId } from "./operation.js";
export type { AttemptEvent, CallOptions, ClientOptions, ConnectionOptions, GivenToken } from "./options.js";
export type {
  GetForAppStoreVersionQuery,
  GetPackageQuery,
  ListVersionIdsQuery,
  ListVersionsQuery,
  PackageRequest,
  Packages,
} from "./packages.js";
export type { ListOf, Page, Paginated } from "./pagination.js";
export type { RateLimit } from "./rate-limit.js";
export type { GetVariantQuery, Variants } from "./variants.js";
export type {
  GetVersionQuery,
  ListDeltaIdsQuery,
  ListDeltasQuery,
  ListVariantIdsQuery,
  ListVariantsQuery,
  Versions,
} from "./versions.js";
export type { WaitOptions } from "./wait.js";
