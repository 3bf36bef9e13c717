import { FolderStore } from "../folder/folder-store.js";
import type { VerifyReport } from "../package/verify-report.js";
import type { PackageStore, StoreContext } from "../store.js";
import { verifyFolder } from "./folder-source.js";
import { StoreSource } from "./store-source.js";
import { type VerifySettings, verifySource } from "./verify-source.js";

export async function verifyStore(
  store: PackageStore,
  { clock, ...settings }: VerifySettings & StoreContext,
): Promise<VerifyReport> {
  if (store instanceof FolderStore) return verifyFolder(store.location, settings);
  return verifySource(new StoreSource(store, { clock, signal: settings.signal }), settings);
}
