import type { Json, JsonObject } from "../../../../scripts/codegen/document/json.js";
import { seededRandom } from "../../../support/random.js";

/** Random choices that are the same for the same seed. */
export class Random {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seededRandom(seed);
  }

  /** An integer from 0 up to, not including, `end`. */
  below(end: number): number {
    return Math.floor(this.#next() * end);
  }

  chance(): boolean {
    return this.below(2) === 0;
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[this.below(list.length)];
    if (picked === undefined) throw new Error("nothing to pick from");
    return picked;
  }

  shuffled<T>(list: readonly T[]): T[] {
    return list
      .map((item) => [this.below(2 ** 30), item] as const)
      .sort(([a], [b]) => a - b)
      .map(([, item]) => item);
  }
}

const names = [
  "id",
  "type",
  "title",
  "description",
  "constructor",
  "__proto__",
  "required",
  "items",
  "$ref",
  "x-y",
];

/** A document of a few operations and schemas; the first operation's response reaches every schema. */
export function randomDocument(random: Random): JsonObject {
  const schemas = Array.from({ length: 2 + random.below(6) }, (_, index) => `Schema${index}`);
  const refs = schemas.map((name) => ({ $ref: `#/components/schemas/${name}` }));
  const paths = Array.from({ length: 1 + random.below(5) }, (_, index): [string, Json] => [
    `/v1/things${index}`,
    { get: randomOperation(random, `get${index}`, index === 0 ? { oneOf: refs } : random.pick(refs)) },
  ]);
  return {
    openapi: "3.0.1",
    info: { title: "Random", version: "1" },
    paths: Object.fromEntries(paths),
    components: {
      schemas: Object.fromEntries(schemas.map((name) => [name, randomObject(random, refs, 2)])),
    },
  };
}

function randomOperation(random: Random, operationId: string, answer: Json): JsonObject {
  const parameters = ["filter", "limit", "sort"].filter(() => random.chance());
  return {
    operationId,
    description: "Words.",
    parameters: parameters.map((name) => ({ name, in: "query", schema: randomScalar(random) })),
    responses: {
      200: { description: "Words.", content: { "application/json": { schema: answer } } },
      ...(random.chance() ? { 404: { description: "Words." } } : {}),
    },
  };
}

function randomObject(random: Random, refs: readonly JsonObject[], depth: number): JsonObject {
  const own = random.shuffled(names).slice(0, 1 + random.below(5));
  return {
    type: "object",
    title: "Words",
    properties: Object.fromEntries(own.map((name) => [name, randomSchema(random, refs, depth)])),
    required: own.filter(() => random.chance()),
  };
}

function randomSchema(random: Random, refs: readonly JsonObject[], depth: number): JsonObject {
  const kind = random.below(depth > 0 ? 5 : 3);
  if (kind === 3) return { type: "array", items: random.pick(refs) };
  if (kind === 4) return randomObject(random, refs, depth - 1);
  return kind === 2 ? { ...random.pick(refs) } : randomScalar(random);
}

function randomScalar(random: Random): JsonObject {
  return random.pick<() => JsonObject>([
    () => ({ type: "string", description: "Words.", enum: random.shuffled(["A", "B", "C"]).slice(0, 2) }),
    () => ({ type: "string", format: random.pick(["uri", "date"]) }),
    () => ({ type: "integer", maximum: 1 + random.below(100) }),
  ])();
}
