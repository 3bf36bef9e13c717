import { type Command, Option } from "commander";
import type { WebhookEventType } from "../../../generated/paths.js";
import { addApiCommand, addGroup } from "../api-command.js";
import { type AppFlags, addAppOptions, findAppId } from "../app-options.js";
import type { Context } from "../context.js";
import { addDeliveryOptions, type DeliveryFlags, readDeliveries } from "../deliveries.js";
import { EXIT_CODES, UsageError } from "../exit.js";
import { checkEndpoint, checkUrl, id } from "../options.js";
import { formatNumber, table } from "../output.js";
import { replay } from "../replay.js";
import { addSecretOption, readSecret, type SecretFlag } from "../webhook-secret.js";

const EVENT_TYPES: readonly WebhookEventType[] = [
  "ALTERNATIVE_DISTRIBUTION_PACKAGE_VERSION_CREATED",
  "ALTERNATIVE_DISTRIBUTION_PACKAGE_AVAILABLE_UPDATED",
  "ALTERNATIVE_DISTRIBUTION_TERRITORY_AVAILABILITY_UPDATED",
];

const WEBHOOK: readonly [string, string] = ["<webhook-id>", "id of the webhook, as in adp webhooks list"];

export function addWebhooks(program: Command, context: Context): void {
  const group = addGroup(
    program,
    "webhooks",
    "register webhooks, see what Apple sent to them, send it again",
  );
  addList(group, context);
  addCreate(group, context);
  addUpdate(group, context);
  addDelete(group, context);
  addPing(group, context);
  addDeliveries(group, context);
  addRedeliver(group, context);
  addReplay(group, context);
}

function addList(group: Command, context: Context): void {
  addApiCommand<AppFlags>(group, context, {
    name: "list",
    isDefault: true,
    summary: "list the webhooks of an app",
    description: "Lists the webhooks of an app: for a marketplace, of the marketplace app.",
    addOptions: addAppOptions,
    examples: [
      "adp webhooks list --app-id 6482123456",
      "adp webhooks list --bundle-id com.example.market --json",
    ],
    async run(client, flags, { signal }) {
      const appId = (await findAppId(client, flags, signal)) ?? "";
      const data = await client.webhooks.list(appId, undefined, { signal }).toArray();
      const rows = data.map(({ id, attributes }) => [
        id,
        attributes?.name,
        attributes?.enabled ? "enabled" : "disabled",
        attributes?.url,
      ]);
      return { document: { data }, text: table([["ID", "NAME", "STATE", "URL"], ...rows]) };
    },
  });
}

type CreateFlags = AppFlags &
  SecretFlag & { readonly url: string; readonly name?: string; readonly eventType: WebhookEventType[] };

function addCreate(group: Command, context: Context): void {
  addApiCommand<CreateFlags>(group, context, {
    name: "create",
    summary: "register a webhook",
    description:
      "Registers a webhook and prints its id. If the app has one with this URL, that is read and not changed, so the " +
      "command can be repeated. Keep the secret: Apple never shows it.",
    addOptions: (command) =>
      addSecretOption(addAppOptions(command))
        .requiredOption("--url <url>", "https URL of your endpoint")
        .option("--name <name>", "a name for people (default: the URL's host)")
        .addOption(
          new Option("--event-type <type...>", "what Apple sends").default(
            EVENT_TYPES,
            "all of alternative distribution",
          ),
        ),
    examples: [
      "adp webhooks create --app-id 6482123456 --url https://example.com/apple --secret-file secret.txt",
    ],
    async run(client, flags, { env, signal, note }) {
      const { url, eventType: eventTypes } = flags;
      const secret = await readSecret(flags, env);
      const appId = (await findAppId(client, flags, signal)) ?? "";
      const name = flags.name ?? checkUrl("--url", url).host;
      const before = await client.webhooks.list(appId, undefined, { signal }).toArray();
      const { data } = await client.webhooks.ensure({ appId, name, url, secret, eventTypes }, { signal });
      if (before.some(({ id }) => id === data.id))
        note(
          `note: this webhook existed, and its name, secret and event types are not changed. To change them: adp webhooks update ${data.id}`,
        );
      return { document: { data }, text: data.id };
    },
  });
}

type UpdateFlags = SecretFlag & {
  readonly url?: string;
  readonly name?: string;
  readonly eventType?: WebhookEventType[];
  readonly newSecret?: true;
  readonly enable?: true;
  readonly disable?: true;
};

function addUpdate(group: Command, context: Context): void {
  addApiCommand<UpdateFlags>(group, context, {
    name: "update",
    summary: "change a webhook",
    description: "Changes the given values of a webhook; the others stay.",
    argument: WEBHOOK,
    addOptions: (command) =>
      addSecretOption(command)
        .option("--url <url>", "https URL of your endpoint")
        .option("--name <name>", "a name for people")
        .option("--event-type <type...>", "what Apple sends; replaces all earlier types")
        .option("--new-secret", "set the secret in the variable; --secret-file sets the one in the file")
        .option("--enable", "Apple sends to it")
        .addOption(new Option("--disable", "Apple does not send to it").conflicts("enable")),
    examples: [
      "adp webhooks update $WEBHOOK --disable",
      "adp webhooks update $WEBHOOK --secret-file secret.txt",
    ],
    async run(client, flags, { argument, env, signal }) {
      const { url, name, eventType: eventTypes, newSecret, enable, disable } = flags;
      if (url !== undefined) checkUrl("--url", url);
      const changes = {
        ...(name !== undefined && { name }),
        ...(url !== undefined && { url }),
        ...(eventTypes && { eventTypes }),
        ...((newSecret || flags.secretFile !== undefined) && { secret: await readSecret(flags, env) }),
        ...((enable || disable) && { enabled: enable === true }),
      };
      if (Object.keys(changes).length === 0)
        throw new UsageError("nothing to change: give what to set, such as --url");
      const { data } = await client.webhooks.update(argument, changes, { signal });
      return { document: { data }, text: data.id };
    },
  });
}

function addDelete(group: Command, context: Context): void {
  addApiCommand(group, context, {
    name: "delete",
    summary: "remove a webhook",
    description: "Removes a webhook: Apple sends nothing more to it.",
    argument: WEBHOOK,
    examples: ["adp webhooks delete $WEBHOOK"],
    async run(client, _, { argument, signal }) {
      await client.webhooks.delete(argument, { signal });
      return { document: { id: argument, removed: true }, text: `${argument}: removed` };
    },
  });
}

function addPing(group: Command, context: Context): void {
  addApiCommand(group, context, {
    name: "ping",
    summary: "have Apple send a test notification",
    description: "Has Apple send a ping to a webhook. For the result, see adp webhooks deliveries.",
    argument: WEBHOOK,
    examples: ["adp webhooks ping $WEBHOOK"],
    async run(client, _, { argument, signal }) {
      const { data } = await client.webhooks.ping(argument, { signal });
      return { document: { data }, text: data.id };
    },
  });
}

function addDeliveries(group: Command, context: Context): void {
  addApiCommand<DeliveryFlags>(group, context, {
    name: "deliveries",
    summary: "list what Apple sent to a webhook",
    description: "Lists what Apple sent to a webhook, oldest first, and how your endpoint answered.",
    argument: WEBHOOK,
    addOptions: addDeliveryOptions,
    examples: [
      "adp webhooks deliveries $WEBHOOK",
      "adp webhooks deliveries $WEBHOOK --since 3d --state FAILED",
    ],
    async run(client, flags, { argument, signal }) {
      const deliveries = await readDeliveries(client, argument, flags, signal);
      const rows = deliveries.map(({ delivery: { id, attributes }, event }) => [
        id,
        attributes?.createdDate,
        event?.attributes?.ping ? "ping" : event?.attributes?.eventType,
        attributes?.deliveryState,
        attributes?.response?.httpStatusCode ?? attributes?.errorMessage,
      ]);
      const document = { data: deliveries.map(({ delivery, event }) => ({ ...delivery, event })) };
      return { document, text: table([["ID", "CREATED", "EVENT", "STATE", "ANSWER"], ...rows]) };
    },
  });
}

function addRedeliver(group: Command, context: Context): void {
  addApiCommand(group, context, {
    name: "redeliver",
    summary: "have Apple send a delivery again",
    description: "Has Apple send a delivery again, to the webhook's URL. Prints the id of the new delivery.",
    argument: ["<delivery-id>", "id of the delivery, as in adp webhooks deliveries"],
    examples: ["adp webhooks redeliver $DELIVERY"],
    async run(client, _, { argument, signal }) {
      const { data } = await client.webhooks.redeliver(argument, { signal });
      return { document: { data }, text: data.id };
    },
  });
}

type ReplayFlags = DeliveryFlags & SecretFlag & { readonly webhookId: string };

function addReplay(group: Command, context: Context): void {
  addApiCommand<ReplayFlags>(group, context, {
    name: "replay",
    summary: "post stored deliveries to an endpoint",
    description:
      "Posts the events of a webhook's deliveries, which Apple stores, to an endpoint: oldest first, each once, signed with " +
      `the webhook's secret. Catches up after an outage, and tests an endpoint. The exit code is ${EXIT_CODES.failed} if an ` +
      "event was not answered with 2xx.",
    argument: ["<url>", "your endpoint; it need not be the webhook's"],
    addOptions: (command) =>
      addSecretOption(
        addDeliveryOptions(
          command.requiredOption("--webhook-id <id>", "id of the webhook, as in adp webhooks list", id),
        ),
      ),
    examples: [
      "adp webhooks replay http://localhost:3000/apple --webhook-id $WEBHOOK --since 12h --secret-file secret.txt",
    ],
    async run(client, flags, { argument, env, signal, fail }) {
      checkEndpoint("<url>", argument);
      const secret = await readSecret(flags, env);
      const deliveries = await readDeliveries(client, flags.webhookId, flags, signal);
      const data = [];
      for await (const event of replay(deliveries, argument, secret, signal)) data.push(event);
      const isHandled = ({ status = 0 }) => status >= 200 && status < 300;
      const failed = data.filter((event) => !isHandled(event)).length;
      if (failed > 0) fail();
      const rows = data.map(({ id, type, status, error }) => [id, type, status ?? error]);
      const counts = `${formatNumber(data.length)} posted, ${formatNumber(failed)} failed`;
      return { document: { data }, text: `${table([["EVENT", "TYPE", "ANSWER"], ...rows])}\n${counts}` };
    },
  });
}
