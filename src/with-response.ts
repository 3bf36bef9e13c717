/** What is known of a call's last response. */
export interface ResponseInfo {
  /** HTTP status. */
  readonly status: number;
  readonly headers: Headers;
  /** `X-Request-ID`, which Apple's support asks for; `undefined` if the response has none. */
  readonly requestId: string | undefined;
}

/** A document and the response that it came in. */
export interface WithResponse<Document> {
  readonly document: Document;
  readonly response: ResponseInfo;
}

/** A call that is running: a promise of its document. */
export interface ApiCall<Document> extends Promise<Document> {
  /**
   * The document together with the response's status, headers and request id. It does not send the request again.
   *
   * @example
   * const { document, response } = await client.packages.get(packageId).withResponse();
   */
  withResponse(): Promise<WithResponse<Document>>;
}
