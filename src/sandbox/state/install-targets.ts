/** A device model with a system version. */
export interface InstallTarget {
  readonly device: string;
  readonly os: string;
}

/** Some of the models that Apple's manifests name: a few have a letter after a dash. */
const DEVICES = [
  "iPhone11,8",
  "iPhone12,1",
  "iPhone14,6",
  "iPad13,18",
  "iPhone15,2",
  "iPad14,3-A",
  "iPhone17,3",
  "iPad16,3-A",
  "iPad16,3-B",
];
const SYSTEMS = ["26", "18", "17.4", "17"];

/** What an asset is for: the device or the system that is asked for, or several, by the number of the asset. */
export function installTargets(
  number: number,
  { device, os }: { readonly device?: string | undefined; readonly os?: string | undefined },
): readonly InstallTarget[] {
  const models = device === undefined ? pick(DEVICES, number, 1 + (number % 3)) : [device];
  const systems = os === undefined ? pick(SYSTEMS, 0, 1 + (number % 2)) : [os];
  return models.flatMap((model) => systems.map((system) => ({ device: model, os: system })));
}

/** `count` elements from the one at `start` on, around the end. */
function pick(list: readonly string[], start: number, count: number): readonly string[] {
  return [...list, ...list].slice(start % list.length, (start % list.length) + count);
}
