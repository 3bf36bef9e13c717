import { AppStoreConnectError } from "../errors.js";
import { IngestError } from "../ingest/index.js";

/** What `--json` gives of an error; what is undefined does not appear. */
export function errorDocument(error: unknown, message: string, exitCode: number): object {
  return {
    error: { name: error instanceof Error ? error.name : "Error", message, exitCode, ...facts(error) },
  };
}

function facts(error: unknown): object {
  if (error instanceof AppStoreConnectError) {
    const { status, code, errors, requestId, method, path, retryAfter, attempts } = error;
    return { status, code, errors, requestId, method, path, retryAfter, attempts };
  }
  if (error instanceof IngestError) {
    const { reason, path, chunk, expected, found } = error;
    return { reason, path, chunk, expected, found };
  }
  return {};
}
