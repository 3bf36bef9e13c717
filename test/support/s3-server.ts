import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { onTestFinished } from "vitest";
import { FakeBucket, S3Refusal } from "./s3/bucket.js";
import { S3_HANDLERS, type S3Answer, type S3Request } from "./s3/operations.js";
import { ACCESS_KEY, checkRequest, readRequest } from "./s3/requests.js";
import { xml } from "./s3/xml.js";

/** What goes wrong with one request. */
export type S3Fault =
  /** It is refused with an error of S3. */
  | { readonly status: number; readonly code: string }
  /** The connection breaks before the request takes effect, after it, or in the middle of the answer's body. */
  | { readonly drop: "before" | "after" | "body" };

/** Errors of S3, to be returned from `onRequest`. */
export const S3_FAULTS = {
  slowDown: { status: 503, code: "SlowDown" },
  internal: { status: 500, code: "InternalError" },
  clockSkew: { status: 403, code: "RequestTimeTooSkewed" },
  denied: { status: 403, code: "AccessDenied" },
  expired: { status: 400, code: "ExpiredToken" },
} as const satisfies Record<string, S3Fault>;

/**
 * An object store in this process, over HTTP on 127.0.0.1, path-style. It behaves as radosgw 16.2 does where stores
 * differ: `If-Match` compares without quotes, CompleteMultipartUpload ignores `If-None-Match` and takes no subset of the
 * parts, and there are no SHA-256 checksums. Of the credentials, it checks the access key alone.
 */
export class S3Server {
  readonly bucketName = "packages";
  readonly bucket = new FakeBucket();
  /** Every request, in the order of their arrival. */
  readonly requests: S3Request[] = [];
  /** Called for each request before it takes effect. */
  onRequest: ((request: S3Request) => S3Fault | undefined) | undefined;
  /** Changes an answer before it is sent. */
  onAnswer: ((request: S3Request, answer: S3Answer) => S3Answer) | undefined;
  /** ms since 1970, for the times of uploads. */
  now = () => Date.now();
  readonly #server = createServer((message, response) => void this.#serve(message, response));

  /** Starts to listen, until the test ends. */
  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    onTestFinished(async () => {
      this.#server.closeAllConnections();
      await new Promise((resolve) => this.#server.close(resolve));
    });
    return this;
  }

  get url(): string {
    // A server that listens on a port has an address of this type.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A client of this server, closed when the test ends. */
  client(config: S3ClientConfig = {}): S3Client {
    const credentials = { accessKeyId: ACCESS_KEY, secretAccessKey: "fake-secret" };
    return s3ClientFor(this.url, { credentials, ...config });
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const request = await readRequest(message);
      this.requests.push(request);
      const fault = this.onRequest?.(request);
      const drop = fault && "drop" in fault ? fault.drop : undefined;
      if (drop === "before") return void response.destroy();
      const answer = this.#answer(request, fault);
      if (drop === "after") return void response.destroy();
      send(response, this.onAnswer?.(request, answer) ?? answer, drop === "body");
    } catch {
      // The client closed the connection.
      response.destroy();
    }
  }

  #answer(request: S3Request, fault: S3Fault | undefined): S3Answer {
    try {
      if (fault && "code" in fault) throw new S3Refusal(fault.status, fault.code);
      checkRequest(request);
      if (request.bucketName !== this.bucketName) throw new S3Refusal(404, "NoSuchBucket");
      return S3_HANDLERS[request.operation](request, { bucket: this.bucket, now: this.now });
    } catch (error) {
      if (!(error instanceof S3Refusal)) throw error;
      const { status, code } = error;
      const headers = { "content-type": "application/xml" };
      return request.operation === "HeadObject"
        ? { status }
        : { status, headers, body: xml("Error", { Code: code }) };
    }
  }
}

function send(response: ServerResponse, { status = 200, headers, body }: S3Answer, breaks: boolean): void {
  const isChunked = headers?.["transfer-encoding"] !== undefined;
  const length = body === undefined || isChunked ? undefined : Buffer.byteLength(body);
  response.writeHead(status, { ...(length !== undefined && { "content-length": length }), ...headers });
  if (!breaks) return void response.end(body);
  const half = Buffer.from(body ?? "").subarray(0, (length ?? 0) / 2);
  response.write(half, () => response.destroy());
}

/** A client as users create it, path-style, closed when the test ends. */
export function s3ClientFor(endpoint: string, config: S3ClientConfig): S3Client {
  const client = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, ...config });
  onTestFinished(() => client.destroy());
  return client;
}

/** Starts a fake for one test. */
export function startS3Server(): Promise<S3Server> {
  return new S3Server().listen();
}
