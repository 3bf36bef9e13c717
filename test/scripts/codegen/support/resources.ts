import type { Json, JsonObject } from "../../../../scripts/codegen/document/json.js";

const ref = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });
const list = (items: JsonObject): JsonObject => ({ type: "array", items });
const names = (...values: string[]): JsonObject => list({ type: "string", enum: values });

function query(name: string, schema: JsonObject): JsonObject {
  return { name, in: "query", schema };
}

function related(type: string, many = false): JsonObject {
  const linkage = {
    type: "object",
    required: ["id", "type"],
    properties: { id: { type: "string" }, type: { type: "string", enum: [type] } },
  };
  return { type: "object", properties: { data: many ? list(linkage) : linkage } };
}

function resource(type: string, attributes: JsonObject, relationships?: JsonObject): JsonObject {
  return {
    type: "object",
    required: ["id", "type"],
    properties: {
      id: { type: "string" },
      type: { type: "string", enum: [type] },
      attributes: { type: "object", properties: attributes },
      ...(relationships && { relationships: { type: "object", properties: relationships } }),
    },
  };
}

function operation(operationId: string, response: string, ...parameters: JsonObject[]): JsonObject {
  const content = { "application/json": { schema: ref(response) } };
  return { operationId, parameters, responses: { 200: { description: "", content } } };
}

function document(data: JsonObject, ...included: string[]): JsonObject {
  const items: Json = { oneOf: included.map(ref) };
  return { type: "object", required: ["data"], properties: { data, included: list(items) } };
}

/** An API in the style of Apple's: films with a director, actors and prizes, and prizes with a jury. */
export function films(): JsonObject {
  const include = query("include", names("director", "actors", "prizes", "prizes.jury"));
  const fields = query("fields[films]", names("title", "year", "director", "actors", "prizes"));
  const film = resource(
    "films",
    { title: { type: "string" }, year: { type: "integer" }, secret: ref("Secret") },
    { director: related("people"), actors: related("people", true), prizes: related("prizes", true) },
  );
  return {
    openapi: "3.0.1",
    info: { title: "Films", version: "1" },
    servers: [{ url: "https://films.example/" }],
    paths: {
      "/v1/films": {
        get: operation(
          "films_list",
          "FilmsResponse",
          query("filter[title]", list({ type: "string" })),
          query("filter[year]", list({ type: "string" })),
          fields,
          query("fields[people]", names("name")),
          query("fields[prizes]", names("title")),
          include,
          query("limit", { type: "integer", maximum: 200 }),
          query("limit[actors]", { type: "integer", maximum: 50 }),
        ),
      },
      "/v1/films/{id}": { get: operation("films_get", "FilmResponse", fields, include) },
    },
    components: {
      schemas: {
        Film: film,
        Secret: { type: "string", enum: ["YES", "NO"] },
        Person: resource("people", { name: { type: "string" } }),
        Prize: resource("prizes", { title: { type: "string" } }, { jury: related("juries") }),
        Jury: resource("juries", { name: { type: "string" } }),
        FilmResponse: document(ref("Film"), "Person", "Prize", "Jury"),
        FilmsResponse: document(list(ref("Film")), "Person", "Prize", "Jury"),
      },
    },
  };
}
