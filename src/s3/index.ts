export { type S3StoreOptions, s3Store } from "../ingest/s3/s3-store.js";
