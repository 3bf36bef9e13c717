/** A document with one resource. */
export function resource(id = "1", type = "things") {
  return { data: { type, id }, links: { self: `https://api.example/${id}` } };
}

/** A page of a list. */
export function page(ids: readonly string[], next?: string) {
  return {
    data: ids.map((id) => ({ type: "things", id })),
    links: { self: "https://api.example/self", ...(next !== undefined && { next }) },
    meta: { paging: { total: 99, limit: 200 } },
  };
}

/** An error body as Apple writes it. */
export function errors(status: number, code: string, more: Record<string, unknown> = {}) {
  return {
    errors: [{ id: "E1", status: `${status}`, code, title: "Short words.", detail: "Long words.", ...more }],
  };
}

export function json(body: unknown, init: ResponseInit = {}): Response {
  return new Response(typeof body === "string" ? body : JSON.stringify(body), {
    ...init,
    headers: { "content-type": "application/json", ...init.headers },
  });
}
