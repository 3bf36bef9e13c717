import type { Coverage } from "../coverage.js";
import { arrayAt, byName, type JsonObject, member, objectAt, stringAt } from "../document/json.js";
import { type Operation, operationsOf } from "../document/operations.js";

/** What src needs of each operation at run time, and nothing more, because it is in users' bundles. */
export function generateEndpoints(document: JsonObject, coverage: Coverage): string {
  const server = stringAt(arrayAt(document, "servers")[0], "url") ?? "";
  const rows = [...operationsOf(document)]
    .sort((a, b) => byName(a.operationId, b.operationId))
    .map((operation) => `  ${row(operation, coverage)}`);
  return `/** The API's origin. */
export const server = ${JSON.stringify(server)};

/**
 * Every covered operation by Apple's operationId: \`method\` and \`path\`, \`pageLimit\` (the largest page a
 * list gives), \`client\` (the client's method for it, where there is one).
 */
export const endpoints = {
${rows.join("\n")}
} as const;
`;
}

function row(operation: Operation, coverage: Coverage): string {
  const { operationId, method, path } = operation;
  const limit = operation.parameters.get("query limit");
  const maximum = limit && member(objectAt(limit, "schema"), "maximum");
  const client = coverage.operations.get(operationId)?.client;
  const members = [
    `method: ${JSON.stringify(method)}`,
    `path: ${JSON.stringify(path)}`,
    ...(typeof maximum === "number" ? [`pageLimit: ${maximum}`] : []),
    ...(client ? [`client: ${JSON.stringify(client)}`] : []),
  ];
  return `${/^[A-Za-z_$][\w$]*$/.test(operationId) ? operationId : JSON.stringify(operationId)}: { ${members.join(", ")} },`;
}
