/** Notifications as Apple sends them. The ids are invented. */

export const appId = "6400000001";
export const marketplaceAppId = "6400000009";
export const packageId = "11111111-0000-4000-8000-000000000001";
export const otherPackageId = "11111111-0000-4000-8000-000000000002";
export const versionId = "22222222-0000-4000-8000-000000000001";

const marketplaceApp = { data: { type: "apps", id: marketplaceAppId } };
const packageInstance = { data: { type: "alternativeDistributionPackages", id: packageId } };
const versionInstance = { data: { type: "alternativeDistributionPackageVersions", id: versionId } };

export const versionCreated = {
  data: {
    type: "alternativeDistributionPackageVersionCreated",
    id: "33333333-0000-4000-8000-000000000001",
    version: 1,
    attributes: { appId, timestamp: "2025-07-10T22:35:02.541411Z" },
    relationships: { instance: versionInstance, marketplaceApp },
  },
};

export const packageAvailable = {
  data: {
    type: "alternativeDistributionPackageAvailableUpdated",
    id: "33333333-0000-4000-8000-000000000002",
    version: 1,
    attributes: {
      available: true,
      territories: ["FRA", "DEU"],
      appId,
      timestamp: "2025-07-11T17:47:14.498Z",
    },
    relationships: { instance: packageInstance, marketplaceApp },
  },
};

export const packageUnavailable = {
  data: {
    ...packageAvailable.data,
    id: "33333333-0000-4000-8000-000000000003",
    attributes: { ...packageAvailable.data.attributes, available: false },
  },
};

export const territoryAvailable = {
  data: {
    type: "alternativeDistributionTerritoryAvailabilityUpdated",
    id: "33333333-0000-4000-8000-000000000004",
    version: 1,
    attributes: { available: true, territories: ["FRA"], appId, timestamp: "2025-07-17T14:55:16Z" },
    relationships: { marketplaceApp },
  },
};

export const territoryUnavailable = {
  data: {
    ...territoryAvailable.data,
    id: "33333333-0000-4000-8000-000000000005",
    attributes: { ...territoryAvailable.data.attributes, available: false },
  },
};

export const versionAvailable = {
  data: {
    type: "AlternativeDistributionPackageVersionAvailable",
    version: 1,
    id: "33333333-0000-4000-8000-000000000006",
    timestamp: "2023-11-27T10:40:37.246-08:00",
    attributes: {
      marketplaceAppId,
      appId,
      alternativeDistributionPackageId: packageId,
      alternativeDistributionPackageVersionId: versionId,
      alternativeDistributionPackageVersionNum: "1",
      eventTimestamp: "2023-11-27T10:40:32.143-08:00",
    },
  },
};

export const appVersionsUnavailable = {
  data: {
    type: "AppVersionsUnavailable",
    version: 1,
    id: "33333333-0000-4000-8000-000000000007",
    attributes: {
      marketplaceAppId,
      appId,
      alternativeDistributionPackageIds: [packageId, otherPackageId],
      eventTimestamp: "2023-11-27T18:40:32.143-00:00",
    },
  },
};

export const appUnavailable = {
  data: {
    type: "AppUnavailable",
    version: 1,
    id: "33333333-0000-4000-8000-000000000008",
    attributes: { marketplaceAppId, appId, eventTimestamp: "2023-11-27T18:40:32.143-00:00" },
  },
};

export const ping = {
  data: {
    type: "webhookPingCreated",
    id: "33333333-0000-4000-8000-000000000009",
    version: 1,
    attributes: { timestamp: "2025-07-17T14:55:16.125Z" },
  },
};

/** Events of background assets have an `instance` without `data` around type and id, and no `version`. */
export const backgroundAsset = {
  data: {
    type: "backgroundAssetVersionAppStoreReleaseStateUpdated",
    id: "33333333-0000-4000-8000-000000000010",
    attributes: { oldState: "READY", newState: "DISTRIBUTED", timestamp: "2025-11-03T08:15:30.123456Z" },
    relationships: {
      instance: {
        type: "backgroundAssetVersions",
        id: "1",
        links: { self: "https://api.example/v1/backgroundAssetVersions/1" },
      },
    },
  },
};
