import { createHash } from "node:crypto";

/** An error of S3, as XML with this code. */
export class S3Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

/** The headers of an object that come back with it: content type, cache control and `x-amz-meta-…`. */
export type ObjectHeaders = Readonly<Record<string, string>>;

/** One object. */
export interface StoredObject {
  readonly content: Buffer;
  readonly headers: ObjectHeaders;
  /** With its quotes. */
  readonly etag: string;
}

/** One part of an open upload. */
interface StoredPart {
  readonly content: Buffer;
  readonly etag: string;
}

/** A multipart upload that is neither completed nor aborted. */
export interface OpenUpload {
  readonly id: string;
  readonly key: string;
  readonly headers: ObjectHeaders;
  /** ms since 1970. */
  readonly initiated: number;
  readonly parts: Map<number, StoredPart>;
}

/** The conditions of a PUT. */
interface Conditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

function md5(content: Uint8Array): Buffer {
  return createHash("md5").update(content).digest();
}

/** The objects and open uploads of one bucket, in memory. */
export class FakeBucket {
  readonly objects = new Map<string, StoredObject>();
  readonly uploads = new Map<string, OpenUpload>();
  /** Every part but the last has at least this many bytes. */
  minPartBytes = 5 * 1024 * 1024;
  #count = 0;

  get(key: string): StoredObject {
    const object = this.objects.get(key);
    if (object === undefined) throw new S3Refusal(404, "NoSuchKey");
    return object;
  }

  put(key: string, content: Buffer, headers: ObjectHeaders, conditions: Conditions = {}): StoredObject {
    const { ifMatch, ifNoneMatch } = conditions;
    const current = this.objects.get(key);
    // As radosgw 16.2, which compares without quotes only.
    const hasMatch = ifMatch === undefined || (current !== undefined && `"${ifMatch}"` === current.etag);
    if (!hasMatch || (ifNoneMatch === "*" && current)) throw new S3Refusal(412, "PreconditionFailed");
    return this.#store(key, { content, headers, etag: `"${md5(content).toString("hex")}"` });
  }

  #store(key: string, object: StoredObject): StoredObject {
    this.objects.set(key, object);
    return object;
  }

  delete(key: string): void {
    this.objects.delete(key);
  }

  /** The keys with a prefix after a key, in the order of their bytes. */
  keys(prefix: string, after = ""): string[] {
    return [...this.objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
  }

  createUpload(key: string, headers: ObjectHeaders, initiated: number): OpenUpload {
    this.#count += 1;
    const upload = { id: `upload-${this.#count}`, key, headers, initiated, parts: new Map() };
    this.uploads.set(upload.id, upload);
    return upload;
  }

  upload(id: string, key: string): OpenUpload {
    const upload = this.uploads.get(id);
    if (upload?.key !== key) throw new S3Refusal(404, "NoSuchUpload");
    return upload;
  }

  putPart(upload: OpenUpload, number: number, content: Buffer): StoredPart {
    if (!(number >= 1 && number <= 10_000)) throw new S3Refusal(400, "InvalidArgument");
    const part = { content, etag: `"${md5(content).toString("hex")}"` };
    upload.parts.set(number, part);
    return part;
  }

  /** As radosgw, which takes no subset of the parts, and ignores `If-None-Match`. */
  complete(upload: OpenUpload, listed: readonly { readonly number: number; readonly etag: string }[]) {
    const stored = [...upload.parts].sort(([a], [b]) => a - b);
    const isSame = listed.every(({ number, etag }, index) => {
      const [storedNumber, part] = stored[index] ?? [];
      return number === storedNumber && etag.replaceAll('"', "") === part?.etag.replaceAll('"', "");
    });
    if (listed.length === 0 || listed.length !== stored.length || !isSame)
      throw new S3Refusal(400, "InvalidPart");
    const contents = stored.map(([, { content }]) => content);
    if (contents.slice(0, -1).some(({ length }) => length < this.minPartBytes))
      throw new S3Refusal(400, "EntityTooSmall");
    this.uploads.delete(upload.id);
    const digests = stored.map(([, part]) => Buffer.from(part.etag.replaceAll('"', ""), "hex"));
    const etag = `"${md5(Buffer.concat(digests)).toString("hex")}-${contents.length}"`;
    return this.#store(upload.key, { content: Buffer.concat(contents), headers: upload.headers, etag });
  }
}
