// What the child needs for a bucket, as one module: esbuild gives no names to a CommonJS module that is imported later.
export { S3Client } from "@aws-sdk/client-s3";
export { S3Store } from "../../../src/ingest/s3/s3-store.js";
