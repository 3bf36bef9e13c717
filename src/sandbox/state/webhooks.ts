import type { WebhookEventType } from "../../../generated/paths.js";
import { appleDate } from "../apple-date.js";
import type { SandboxContext } from "../context.js";
import { Rejection } from "../rejection.js";
import type { Send, SentNotification } from "../send-notification.js";
import { type Collection, type Resource, relatedTo } from "./resource.js";
import type { RequestDocument, ResourceFilter, ResourceRules } from "./rules.js";

/** An event, as its webhooks get it. */
export interface OutgoingEvent {
  readonly id: string;
  /** `undefined` for a ping, which is none of the types that a webhook can ask for. */
  readonly eventType: WebhookEventType | undefined;
  /** The notification's body. */
  readonly body: string;
}

/** The result of a delivery. */
export interface DeliveryResult {
  readonly webhookId: string;
  readonly deliveryId: string;
  readonly state: "SUCCEEDED" | "FAILED";
}

interface SandboxDelivery extends Resource {
  readonly webhook: Resource;
  readonly event: Resource;
  /** Ms since 1970. */
  readonly createdAt: number;
}

const WEBHOOKS_PER_APP = 10;
/** Ms that Apple lists deliveries. */
const RETENTION = 10 * 86_400_000;

/** Webhooks, and the deliveries of events to them. */
export class SandboxWebhooks {
  readonly rules: Readonly<Record<string, ResourceRules>> = {
    webhooks: {
      relationships: ["deliveries"],
      attributesOf: (document) => this.#checkNew(document),
    },
    webhookDeliveries: {
      attributes: [
        "createdDate",
        "deliveryState",
        "errorMessage",
        "redelivery",
        "request",
        "response",
        "sentDate",
      ],
      relationships: ["event"],
      filters: {
        createdDateGreaterThanOrEqualTo: this.#byDate(
          "createdDateGreaterThanOrEqualTo",
          (created, limit) => created >= limit,
        ),
        createdDateLessThan: this.#byDate("createdDateLessThan", (created, limit) => created < limit),
      },
      create: (document) => this.#redeliver(document),
    },
    webhookEvents: { attributes: ["createdDate", "eventType", "payload", "ping"] },
    webhookPings: { create: (document) => this.#ping(document) },
  };
  readonly #context: SandboxContext;
  readonly #send: Send;
  readonly #webhooks: Collection;
  readonly #deliveries: Collection<SandboxDelivery>;
  readonly #events: Collection;
  /** Those of all webhooks that are listed, oldest first. */
  readonly #listed: SandboxDelivery[] = [];
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(context: SandboxContext, send: Send) {
    this.#context = context;
    this.#send = send;
    this.#webhooks = context.state.define("webhooks");
    this.#deliveries = context.state.define("webhookDeliveries");
    this.#events = context.state.define("webhookEvents");
  }

  /** Whether there was ever a webhook. */
  get exist(): boolean {
    return this.#webhooks.added > 0;
  }

  /** Sends an event to those webhooks of the apps that ask for its type. `write` is called if there are any. */
  async publish(
    eventType: WebhookEventType,
    appIds: readonly string[],
    write: () => Omit<OutgoingEvent, "eventType">,
  ): Promise<DeliveryResult[]> {
    const receivers = this.#webhooks.all().filter((webhook) => {
      const { enabled, eventTypes } = webhook.attributes;
      const isWanted = Array.isArray(eventTypes) && eventTypes.includes(eventType);
      return enabled === true && isWanted && relatedTo(webhook, "app").some(({ id }) => appIds.includes(id));
    });
    if (receivers.length === 0) return [];
    const event = this.#addEvent({ ...write(), eventType });
    return Promise.all(receivers.map((webhook) => this.#deliver(webhook, event, false).result));
  }

  async delivered(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Deletes the deliveries that Apple would no longer list, and the events and pings that have no others. */
  settle(): void {
    const oldest = this.#context.clock.now() - RETENTION;
    for (let [first] = this.#listed; first && first.createdAt < oldest; [first] = this.#listed) {
      this.#listed.shift();
      this.#deliveries.delete(first.id);
      const others = relatedTo(first.webhook, "deliveries").filter((delivery) => delivery !== first);
      first.webhook.related.deliveries = others;
      const { event } = first;
      if (this.#listed.some((other) => other.event === event)) continue;
      this.#events.delete(event.id);
      // A ping has the id of its event.
      this.#context.state.of("webhookPings").delete(event.id);
    }
  }

  #checkNew({ attributes, relationships }: RequestDocument) {
    const pointer = "/data/relationships/app";
    const app = this.#context.state.of("apps").get(relationships.app?.id ?? "");
    if (app && relatedTo(app, "webhooks").length >= WEBHOOKS_PER_APP) {
      const detail = `The app has ${WEBHOOKS_PER_APP} webhooks already.`;
      throw new Rejection(409, "ENTITY_ERROR.RELATIONSHIP.INVALID", detail, { source: { pointer } });
    }
    return attributes;
  }

  /** POST /v1/webhookPings */
  #ping({ relationships }: RequestDocument): Resource {
    const webhook = linked(this.#webhooks, "webhook", relationships.webhook?.id);
    const { random, clock } = this.#context;
    const pings = this.#context.state.of("webhookPings");
    const id = random.uuid(`webhook ping ${pings.added}`);
    // Apple writes nine fraction digits here.
    const timestamp = new Date(clock.now()).toISOString().replace("Z", "000000Z");
    const data = { type: "webhookPingCreated", id, version: 1, attributes: { timestamp } };
    const event = this.#addEvent({ id, eventType: undefined, body: JSON.stringify({ data }) });
    this.#deliver(webhook, event, false);
    return pings.add({ type: "webhookPings", id, attributes: {}, related: { webhook } });
  }

  /** POST /v1/webhookDeliveries */
  #redeliver({ relationships }: RequestDocument): Resource {
    const template = linked(this.#deliveries, "template", relationships.template?.id);
    return this.#deliver(template.webhook, template.event, true).delivery;
  }

  #addEvent({ id, eventType, body }: OutgoingEvent): Resource {
    const createdDate = appleDate(this.#context.clock.now());
    const attributes = { eventType, payload: body, ping: eventType === undefined, createdDate };
    return this.#events.add({ type: "webhookEvents", id, attributes, related: {} });
  }

  #deliver(webhook: Resource, event: Resource, redelivery: boolean) {
    const { random, clock } = this.#context;
    const { url, secret } = webhook.attributes;
    const createdAt = clock.now();
    const delivery: SandboxDelivery = this.#deliveries.add({
      type: "webhookDeliveries",
      id: random.uuid(`webhook delivery ${this.#deliveries.added}`),
      attributes: {
        createdDate: appleDate(createdAt),
        deliveryState: "PENDING",
        redelivery,
        request: { url },
      },
      related: { event },
      webhook,
      event,
      createdAt,
    });
    this.#listed.push(delivery);
    webhook.related.deliveries = [...relatedTo(webhook, "deliveries"), delivery];
    const notification = { url: `${url}`, secret: `${secret ?? ""}`, body: `${event.attributes.payload}` };
    const result = this.#attempt(delivery, notification);
    this.#underWay.add(result);
    result.finally(() => this.#underWay.delete(result));
    return { delivery, result };
  }

  async #attempt(delivery: SandboxDelivery, notification: SentNotification): Promise<DeliveryResult> {
    const { id, attributes, webhook } = delivery;
    attributes.sentDate = appleDate(this.#context.clock.now());
    const { response, errorMessage } = await this.#send(notification);
    const isAccepted =
      response !== undefined && response.httpStatusCode >= 200 && response.httpStatusCode < 300;
    const state = isAccepted ? "SUCCEEDED" : "FAILED";
    Object.assign(attributes, { deliveryState: state, response, errorMessage });
    return { webhookId: webhook.id, deliveryId: id, state };
  }

  /** A filter by the date of creation; Apple takes no date before those that it lists. */
  #byDate(name: string, passes: (created: number, limit: number) => boolean): ResourceFilter {
    return (values) => {
      const parameter = `filter[${name}]`;
      const reject = (detail: string) =>
        new Rejection(400, "PARAMETER_ERROR.INVALID", detail, { source: { parameter } });
      const [value = "", ...more] = values;
      const limit = Date.parse(value);
      if (more.length > 0 || Number.isNaN(limit)) throw reject(`'${parameter}' takes one date.`);
      if (limit < this.#context.clock.now() - RETENTION) {
        throw reject(`'${parameter}' takes a date within the last 10 days.`);
      }
      return ({ attributes }) => passes(Date.parse(String(attributes.createdDate)), limit);
    };
  }
}

/** @throws Rejection (409) for a relationship to something that does not exist */
function linked<T extends Resource>(collection: Collection<T>, name: string, id = ""): T {
  const resource = collection.get(id);
  if (resource) return resource;
  const source = { pointer: `/data/relationships/${name}` };
  throw new Rejection(409, "ENTITY_ERROR.RELATIONSHIP.INVALID", `There is no ${name} '${id}'.`, { source });
}
