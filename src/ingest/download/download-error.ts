// Answers that do not say anything about the URL: time-out, wrong range, too early, too many requests.
const NOT_ABOUT_THE_URL = [408, 416, 425, 429];

/** An attempt to download failed, but another attempt may succeed. */
export class DownloadError extends Error {
  /** The HTTP status, if the status is what was wrong. */
  readonly status: number | undefined;
  /** The length of the file in bytes, if the length is what was wrong. */
  readonly foundBytes: number | undefined;

  constructor(
    message: string,
    details: { readonly status?: number | undefined; readonly foundBytes?: number | undefined } = {},
  ) {
    super(message);
    this.status = details.status;
    this.foundBytes = details.foundBytes;
  }

  /** Whether the CDN refused the URL, as it does once a URL has expired: a new URL may work, this one will not. */
  get isUrlRefused(): boolean {
    const { status } = this;
    return status !== undefined && status >= 400 && status < 500 && !NOT_ABOUT_THE_URL.includes(status);
  }
}
