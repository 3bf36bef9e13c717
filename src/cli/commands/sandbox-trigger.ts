import type { Command } from "commander";
import { document } from "../../../generated/document.js";
import { show } from "../../checks.js";
import { describeThrown } from "../../http/thrown.js";
import { isObject, parseJson } from "../../json.js";
import { EVENT_READERS, knownType } from "../../notifications/event-types.js";
import type { DeliveryResult } from "../../sandbox/index.js";
import { addApiCommand } from "../api-command.js";
import { type ConnectionFlags, readBaseUrl } from "../connection.js";
import type { Context } from "../context.js";
import { UsageError } from "../exit.js";
import { checkEndpoint, id } from "../options.js";
import { table } from "../output.js";
import { timeLimited } from "../time-limited.js";

/** The types of webhooks as notifications write them: `packageCreated` for `PACKAGE_CREATED`. */
const WEBHOOK_TYPES = (document.components.schemas.WebhookEventType?.enum ?? []).map((name) =>
  name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
);

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
      checkType(type);
      if (baseUrl === undefined) throw new UsageError("no sandbox: give --base-url, or set ADP_BASE_URL");
      if (url !== undefined) checkEndpoint("--url", url);
      const about =
        flags.about ?? (await client.apps.list({ limit: 1 }, { signal }).toArray({ limit: 1 }))[0]?.id;
      const post = { baseUrl, content: { type, about, available: !flags.unavailable, url }, signal };
      const outcome =
        url === undefined
          ? deliveriesOutcome(await control(post, "deliveries", isDeliveries))
          : answerOutcome(await control(post, "notifications", isAnswer));
      if (!outcome.isDone) fail();
      return outcome;
    },
  });
}

/** @throws UsageError for a type that Apple does not send, such as a mistyped one */
function checkType(type: string): void {
  if (knownType(type) !== undefined || WEBHOOK_TYPES.includes(type)) return;
  const known = Object.keys(EVENT_READERS).join(", ");
  throw new UsageError(`<type>: expected ${known} or another type of a webhook, got ${show(type)}`);
}

/** The sandbox is of this package, so that a list is one of its deliveries. */
function isDeliveries(answer: unknown): answer is readonly DeliveryResult[] {
  return Array.isArray(answer);
}

function deliveriesOutcome(data: readonly DeliveryResult[]) {
  const rows = data.map(({ webhookId, deliveryId, state }) => [webhookId, deliveryId, state]);
  const text = table([["WEBHOOK", "DELIVERY", "STATE"], ...rows]);
  return {
    document: { data },
    text: data.length > 0 ? text : "no webhook asks for this type",
    isDone: data.length > 0 && data.every(({ state }) => state === "SUCCEEDED"),
  };
}

/** How the endpoint answered. */
interface Answered {
  readonly status: number;
}

function isAnswer(answer: unknown): answer is Answered {
  return isObject(answer) && typeof answer.status === "number";
}

function answerOutcome(data: Answered) {
  const { status } = data;
  return { document: { data }, text: `answered with ${status}`, isDone: status >= 200 && status < 300 };
}

/** What to send to the sandbox. */
interface Post {
  readonly baseUrl: string;
  readonly content: object;
  readonly signal: AbortSignal;
}

/** What the sandbox answers. @throws Error if it refuses, or is not a sandbox */
async function control<Expected>(
  { baseUrl, content, signal }: Post,
  path: string,
  isExpected: (answer: unknown) => answer is Expected,
): Promise<Expected> {
  const url = `${baseUrl}/sandbox/${path}`;
  const { ok, status, text } = await timeLimited(async (limit) => {
    const response = await fetch(url, { method: "POST", body: JSON.stringify(content), signal: limit });
    return { ok: response.ok, status: response.status, text: await response.text() };
  }, signal).catch((error: unknown) => {
    // fetch throws a TypeError where there is no connection.
    if (!(error instanceof TypeError)) throw error;
    throw new Error(`no sandbox answers at ${url}: ${describeThrown(error)}`);
  });
  const answer = parseJson(text);
  if (ok && isExpected(answer)) return answer;
  const problem = isObject(answer) && typeof answer.error === "string" ? answer.error : undefined;
  throw new Error(problem ?? `there is no sandbox at ${url}: it answered with ${status}`);
}
