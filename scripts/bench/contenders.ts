/** One way to read a package: a program in scripts/comparators/programs. */
export interface Contender {
  /** The program's file, without its ending. */
  readonly program: string;
  /** Its name in tables and charts. */
  readonly label: string;
  /** The npm packages it imports. */
  readonly packages: readonly string[];
  /** Has no types, so it is not type-checked. */
  readonly untyped?: true;
}

export const ourPackage = "app-store-alternative-distribution";

export const plainFetch: Contender = { program: "fetch", label: "plain fetch", packages: [] };
export const fetchWithTimeout: Contender = {
  program: "fetch-timeout",
  label: "plain fetch with a time-out",
  packages: [],
};
export const ours: Contender = { program: "ours", label: ourPackage, packages: [ourPackage] };

/** In the order of the tables: plain fetch first, this package last. */
export const contenders: readonly Contender[] = [
  plainFetch,
  fetchWithTimeout,
  { program: "openapi-fetch", label: "openapi-fetch + jose", packages: ["openapi-fetch", "jose"] },
  {
    program: "node-app-store-connect-api",
    label: "node-app-store-connect-api",
    packages: ["node-app-store-connect-api"],
    untyped: true,
  },
  {
    program: "rage-against-the-pixel",
    label: "@rage-against-the-pixel/app-store-connect-api",
    packages: ["@rage-against-the-pixel/app-store-connect-api"],
  },
  { program: "appstore-connect-sdk", label: "appstore-connect-sdk", packages: ["appstore-connect-sdk"] },
  ours,
];
