const MIB = 1024 * 1024;

/** A number of bytes for a message: `64 MiB`. */
export function sizeText(bytes: number): string {
  return bytes % MIB === 0 ? `${bytes / MIB} MiB` : `${bytes} bytes`;
}
