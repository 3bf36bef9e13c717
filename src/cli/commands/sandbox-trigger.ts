import type { Command } from "commander";
import { describeThrown } from "../../http/thrown.js";
import { isObject, parseJson } from "../../json.js";
import type { DeliveryResult } from "../../sandbox/index.js";
import { addApiCommand } from "../api-command.js";
import { type ConnectionFlags, readBaseUrl } from "../connection.js";
import type { Context } from "../context.js";
import { UsageError } from "../exit.js";
import { checkUrl, id } from "../options.js";
import { table } from "../output.js";

interface Flags extends ConnectionFlags {
  readonly url?: string;
  readonly about?: string;
  readonly unavailable?: true;
}

export function addTrigger(sandbox: Command, context: Context): void {
  addApiCommand<Flags>(sandbox, context, {
    name: "trigger",
    summary: "have a running sandbox send a notification",
    description:
      "Has a running sandbox send a notification to a URL, signed with the secret that it prints. Without --url, the " +
      "notification goes to the sandbox's webhooks that ask for its type, and is one of their deliveries. The exit code is " +
      "1 if it was not answered with 2xx.",
    argument: ["<type>", "such as alternativeDistributionPackageVersionCreated or AppUnavailable"],
    addOptions: (command) =>
      command
        .option("--url <url>", "your endpoint (default: the webhooks)")
        .option(
          "--about <id>",
          "an app, App Store version, package or package version (default: the first app)",
          id,
        )
        .option("--unavailable", "says that the app or package must be removed, for types that can say both"),
    examples: [
      "adp sandbox trigger alternativeDistributionPackageVersionCreated --url http://localhost:3000/apple",
      "adp sandbox trigger alternativeDistributionPackageAvailableUpdated --unavailable --about $PACKAGE",
    ],
    async run(client, flags, { argument: type, env, signal, fail }) {
      const { url } = flags;
      const baseUrl = readBaseUrl(flags, env)?.replace(/\/+$/, "");
      if (baseUrl === undefined) throw new UsageError("no sandbox: give --base-url, or set ADP_BASE_URL");
      if (url !== undefined) checkUrl("--url", url);
      const about =
        flags.about ?? (await client.apps.list({ limit: 1 }, { signal }).toArray({ limit: 1 }))[0]?.id;
      const content = { type, about, available: !flags.unavailable };
      const { document, text, isDone } =
        url === undefined
          ? deliveriesOutcome(await control(`${baseUrl}/sandbox/deliveries`, content, signal))
          : answerOutcome(await control(`${baseUrl}/sandbox/notifications`, { ...content, url }, signal));
      if (!isDone) fail();
      return { document, text };
    },
  });
}

function deliveriesOutcome(answer: unknown) {
  // The sandbox is of this package, so its answers have the types of its methods.
  const data = answer as readonly DeliveryResult[];
  const rows = data.map(({ webhookId, deliveryId, state }) => [webhookId, deliveryId, state]);
  const text = table([["WEBHOOK", "DELIVERY", "STATE"], ...rows]);
  return {
    document: { data },
    text: data.length > 0 ? text : "no webhook asks for this type",
    isDone: data.length > 0 && data.every(({ state }) => state === "SUCCEEDED"),
  };
}

function answerOutcome(answer: unknown) {
  // The sandbox is of this package.
  const data = answer as { readonly status: number };
  const { status } = data;
  return { document: { data }, text: `answered with ${status}`, isDone: status >= 200 && status < 300 };
}

/** What the sandbox answers. @throws Error if it refuses, or is no sandbox */
async function control(url: string, options: object, signal: AbortSignal): Promise<unknown> {
  const init = { method: "POST", body: JSON.stringify(options), signal };
  const response = await fetch(url, init).catch((error: unknown) => {
    signal.throwIfAborted();
    throw new Error(`no sandbox answers at ${url}: ${describeThrown(error)}`);
  });
  const answer = parseJson(await response.text());
  if (response.ok && (isObject(answer) || Array.isArray(answer))) return answer;
  const problem = isObject(answer) && typeof answer.error === "string" ? answer.error : undefined;
  throw new Error(problem ?? `there is no sandbox at ${url}: it answered with ${response.status}`);
}
