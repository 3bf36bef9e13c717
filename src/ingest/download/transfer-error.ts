/** An attempt to transfer something failed in a way that another attempt may mend. */
export class TransferError extends Error {
  /** The status that was answered, where the status is what was wrong. */
  readonly status: number | undefined;
  /** The length that was found, where the length is what was wrong. */
  readonly foundBytes: number | undefined;

  constructor(message: string, details: { status?: number; foundBytes?: number } = {}) {
    super(message);
    this.status = details.status;
    this.foundBytes = details.foundBytes;
  }

  /** Whether the URL itself was turned down, as an expired one is: a new URL may help, the same one will not. */
  get urlRefused(): boolean {
    const { status } = this;
    return status !== undefined && status >= 400 && status < 500 && ![408, 416, 425, 429].includes(status);
  }
}
