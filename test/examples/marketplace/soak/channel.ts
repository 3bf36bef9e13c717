/** Delivers the sandbox's notifications to the marketplace, unreliably: some are lost, some come twice, some come late. */

type Handler = (request: Request) => Promise<Response>;

const SHARE = { lost: 0.1, late: 0.2, twice: 0.15 };
/** The most that are held back at a time. */
const MOST_LATE = 20;

export class Channel {
  readonly #random: () => number;
  readonly #late: (() => Promise<unknown>)[] = [];
  #handle: Handler | undefined;

  /** `random` gives numbers from 0 to 1, from a seed. */
  constructor(random: () => number) {
    this.#random = random;
  }

  connect(handle: Handler): void {
    this.#handle = handle;
  }

  /** Where the sandbox sends notifications. */
  readonly receive: Handler = async (request) => {
    const { method, headers, url } = request;
    const body = await request.text();
    const post = async () =>
      (await this.#handle?.(new Request(url, { method, headers, body }))) ?? Response.error();
    const answer = await this.#pass(post);
    if (this.#late.length > MOST_LATE) {
      const [late] = this.#late.splice(Math.floor(this.#random() * this.#late.length), 1);
      await late?.();
    }
    return answer;
  };

  /** Delivers everything that is held back. */
  async end(): Promise<void> {
    for (const late of this.#late.splice(0)) await late();
  }

  async #pass(post: () => Promise<Response>): Promise<Response> {
    if (this.#random() < SHARE.lost) return new Response(null, { status: 503 });
    if (this.#random() < SHARE.twice) this.#late.push(post);
    if (this.#random() >= SHARE.late) return post();
    this.#late.push(post);
    return new Response();
  }
}
