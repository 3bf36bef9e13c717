import type { Coverage } from "../coverage.js";
import {
  arrayAt,
  byName,
  groupBy,
  type Json,
  type JsonObject,
  member,
  objectAt,
  stringAt,
} from "../document/json.js";
import { applesPage, type Operation, operationsOf, title } from "../document/operations.js";
import { allowedValues, limitTexts, typeText } from "../document/schema-text.js";
import { code, operationAnchor, plain, table } from "./markdown.js";
import { schemaSections, typeLink } from "./reference-schemas.js";

/** The reference page: every covered operation by the resource its path begins with, then every schema. */
export function generateReference(document: JsonObject, coverage: Coverage): string {
  const resources = groupBy(inOrder(document), resourceOf);
  const contents = [...resources].map(([resource, operations]) => {
    const entries = operations.map(
      (each) => `  - [${summaryOf(each)}](#${operationAnchor(each.operationId)})${mark(each)}`,
    );
    return [`- [${words(resource)}](#${slug(words(resource))})`, ...entries].join("\n");
  });
  const sections = [...resources].map(([resource, operations]) =>
    [`## ${words(resource)}`, ...operations.map((each) => section(each, coverage))].join("\n\n"),
  );
  const version = stringAt(objectAt(document, "info"), "version") ?? "";
  return `# The typed paths

The ${[...resources.values()].flat().length} operations for alternative distribution in App Store Connect API ${version}. The types are in
[paths.ts](paths.ts): by path in \`paths\`, by operationId in \`operations\`, and the schemas under Apple's names. Values of
a list are sent comma-separated; every path is relative to \`${serverOf(document)}\`.

${contents.join("\n")}
- [Schemas](#schemas)

${sections.join("\n\n")}

## Schemas

The fields of bodies and responses. A dot leads into an object, \`[]\` into the items of a list.

${schemaSections(document, coverage.words.fields)}
`;
}

function section(operation: Operation, coverage: Coverage): string {
  const { body } = operation;
  const client = coverage.operations.get(operation.operationId)?.client;
  const description = stringAt(body, "description");
  const request = contentType(member(body, "requestBody"));
  const call = `client.api.${operation.method.toUpperCase()}("${operation.path}", …)`;
  return [
    `<a id="${operationAnchor(operation.operationId)}"></a>`,
    `### ${summaryOf(operation)}`,
    `\`${title(operation)}\``,
    ...(body.deprecated === true ? ["> **Deprecated** by Apple."] : []),
    ...(description ? [description] : []),
    [
      `- client method: ${client ? code(client) : `none; ${code(call)}`}`,
      ...(request ? [`- request body: ${request}`] : []),
      ...responses(body),
      `- deprecated: ${body.deprecated === true ? "yes" : "no"}`,
      `- operationId: ${code(operation.operationId)}`,
      `- [Apple's page](${applesPage(operation)})`,
    ].join("\n"),
    ...parameterTable(operation),
  ].join("\n\n");
}

function responses(body: JsonObject): string[] {
  const all = Object.entries(objectAt(body, "responses"));
  const success = all.filter(([status]) => status.startsWith("2"));
  const failure = all.filter(([status]) => !status.startsWith("2"));
  const errors = groupBy(failure, ([, response]) => contentType(response) ?? "no body");
  return [
    ...success.map(
      ([status, response]) => `- response ${plain(status)}: ${contentType(response) ?? "no body"}`,
    ),
    ...[...errors].map(
      ([type, list]) => `- errors: ${list.map(([status]) => plain(status)).join(", ")} (${type})`,
    ),
  ];
}

function parameterTable(operation: Operation): string[] {
  const rows = [...operation.parameters.values()].map((parameter) => {
    const schema = member(parameter, "schema");
    const required = parameter.required === true ? " (required)" : "";
    const deprecated = parameter.deprecated === true ? "Deprecated. " : "";
    return [
      `${code(stringAt(parameter, "name") ?? "")}${required}`,
      plain(stringAt(parameter, "in") ?? ""),
      plain(typeText(schema)),
      [...allowedValues(schema, {}).map(code), ...limitTexts(schema, {})].join(", "),
      `${deprecated}${stringAt(parameter, "description") ?? ""}`,
    ];
  });
  return rows.length === 0 ? [] : [table(["parameter", "in", "type", "allowed", ""], rows)];
}

/** The schema of a request's or a response's body, with a link where it has a name. */
function contentType(holder: Json | undefined): string | undefined {
  const [media] = Object.values(objectAt(holder, "content"));
  return media === undefined ? undefined : typeLink(member(media, "schema"));
}

/** By path, resources before bare relationships; creating before reading before changing. */
function inOrder(document: JsonObject): Operation[] {
  const order = ["post", "get", "patch", "put", "delete"];
  const place = (path: string) => path.replace("/relationships/", "/~");
  return [...operationsOf(document)].sort(
    (a, b) => byName(place(a.path), place(b.path)) || order.indexOf(a.method) - order.indexOf(b.method),
  );
}

function resourceOf({ path }: Operation): string {
  return path.split("/").find((part) => part !== "" && !/^v\d+$/.test(part)) ?? path;
}

/** `appStoreVersions` → `App Store versions` */
function words(name: string): string {
  const spaced = name.replace(
    /([a-z\d])([A-Z])/g,
    (_, end: string, start: string) => `${end} ${start.toLowerCase()}`,
  );
  return (spaced.charAt(0).toUpperCase() + spaced.slice(1)).replace(/^App store\b/, "App Store");
}

function slug(heading: string): string {
  return heading.toLowerCase().replaceAll(" ", "-");
}

function summaryOf({ body, operationId }: Operation): string {
  return stringAt(body, "summary") ?? operationId;
}

function mark({ body }: Operation): string {
  return body.deprecated === true ? " (deprecated)" : "";
}

function serverOf(document: JsonObject): string {
  return stringAt(arrayAt(document, "servers")[0], "url") ?? "";
}
