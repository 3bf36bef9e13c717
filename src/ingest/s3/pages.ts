import { IngestError } from "../errors.js";
import type { S3RequestName } from "./explain.js";

/** Far more than a package has: a page has up to 1000 entries. */
const MAX_PAGES = 200;

/** How a list is read. */
interface PagedList<Page, From> {
  readonly request: S3RequestName;
  /** What is listed, as an `s3://` URL. */
  readonly place: string;
  /** Reads one page: the first one, or the one that begins at `from`. No page is the end of the list. */
  readonly read: (from: From | undefined) => Promise<Page | undefined>;
  /** Where the page after this one begins. Undefined if it is the last one. */
  readonly next: (page: Page) => From | undefined;
}

/**
 * Reads a list page by page.
 *
 * @throws IngestError with reason `store` if the list has no end
 */
export async function* readPages<Page, From>(list: PagedList<Page, From>): AsyncGenerator<Page> {
  const { request, place, read, next } = list;
  let from: From | undefined;
  for (let count = 0; count < MAX_PAGES; count++) {
    const page = await read(from);
    if (page === undefined) return;
    yield page;
    from = next(page);
    if (from === undefined) return;
  }
  const message = `${place}: the list of ${request} has no end. Check that the store supports it, and what is below this prefix.`;
  throw new IngestError("store", message);
}
