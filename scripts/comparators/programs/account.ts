/** What each program is given to connect with. */
export interface Account {
  baseUrl: string;
  keyId: string;
  issuerId: string;
  /** PKCS#8 PEM. */
  privateKey: string;
  /** Signed already, for programs without a library for that. */
  token: string;
}
