import type {
  WebhookCreateRequest,
  WebhookDeliveriesResponse,
  WebhookDeliveryResponse,
  WebhookPingResponse,
  WebhookResponse,
  WebhooksResponse,
  WebhookUpdateRequest,
} from "../../generated/paths.js";
import { checkObject, checkText } from "../checks.js";
import type { CallOptions } from "../options.js";
import type { ListOf } from "../pagination.js";
import { parseUrl } from "../parse-url.js";
import type { ApiCall } from "../with-response.js";
import { findIn, findOrCreate } from "./find.js";
import type { Operations, QueryOf } from "./operations.js";
import { toOne } from "./to-one.js";

export type ListWebhooksQuery = QueryOf<"apps_webhooks_getToManyRelated">;
export type GetWebhookQuery = QueryOf<"webhooks_getInstance">;
export type ListDeliveriesQuery = QueryOf<"webhooks_deliveries_getToManyRelated">;

type Attributes = WebhookCreateRequest["data"]["attributes"];

/** A webhook to register. */
export interface WebhookRequest extends Readonly<Omit<Attributes, "enabled">> {
  /** The app that it is about: for a marketplace, the marketplace app. */
  readonly appId: string;
  /**
   * Whether Apple sends to it.
   *
   * @default true
   */
  readonly enabled?: Attributes["enabled"] | undefined;
}
/** The values to change; what is left out stays. */
export type WebhookChanges = Readonly<NonNullable<WebhookUpdateRequest["data"]["attributes"]>>;

/** Webhooks: endpoints that Apple sends notifications about one app to, and what it sent. */
export class Webhooks {
  readonly #operations: Operations;

  constructor(operations: Operations) {
    this.#operations = operations;
  }

  /**
   * Registers a webhook. Keep the secret: it signs the notifications, and Apple never returns it. An app can have ten.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/post-v1-webhooks
   */
  create(request: WebhookRequest, options?: CallOptions): ApiCall<WebhookResponse> {
    const checked = () => {
      const { appId, ...values } = checkObject("request", request);
      const attributes = { ...values, enabled: values.enabled ?? true };
      return {
        body: {
          data: { type: "webhooks", attributes, relationships: { app: toOne("appId", "apps", appId) } },
        },
      } as const;
    };
    return this.#operations.call("webhooks_createInstance", checked, options);
  }

  /**
   * Reads the app's webhook with this URL, or registers it. What exists is not changed, neither its event types nor its
   * secret: see `update`.
   */
  ensure(request: WebhookRequest, options?: CallOptions): Promise<WebhookResponse> {
    const find = async () => {
      const wanted = normalized(checkText("url", checkObject("request", request).url));
      const found = await findIn(
        this.list(request.appId, {}, options),
        ({ attributes }) => normalized(attributes?.url) === wanted,
      );
      return found && this.get(found.id, {}, options);
    };
    return findOrCreate(find, () => this.create(request, options));
  }

  /**
   * Reads a webhook.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-webhooks-_id_
   */
  get(webhookId: string, query?: GetWebhookQuery, options?: CallOptions): ApiCall<WebhookResponse> {
    return this.#operations.call("webhooks_getInstance", { id: webhookId, query }, options);
  }

  /**
   * Changes a webhook. Its app stays.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/patch-v1-webhooks-_id_
   */
  update(webhookId: string, attributes: WebhookChanges, options?: CallOptions): ApiCall<WebhookResponse> {
    const body = { data: { type: "webhooks", id: webhookId, attributes } } as const;
    return this.#operations.call("webhooks_updateInstance", { id: webhookId, body }, options);
  }

  /**
   * Removes a webhook.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/delete-v1-webhooks-_id_
   */
  delete(webhookId: string, options?: CallOptions): ApiCall<undefined> {
    return this.#operations.call("webhooks_deleteInstance", { id: webhookId }, options);
  }

  /**
   * Lists an app's webhooks.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-apps-_id_-webhooks
   */
  list(appId: string, query?: ListWebhooksQuery, options?: CallOptions): ListOf<WebhooksResponse> {
    return this.#operations.list("apps_webhooks_getToManyRelated", { id: appId, query }, options);
  }

  /**
   * Has Apple send a ping to a webhook: `webhookPingCreated`.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/post-v1-webhookpings
   */
  ping(webhookId: string, options?: CallOptions): ApiCall<WebhookPingResponse> {
    const request = () => {
      const relationships = { webhook: toOne("webhookId", "webhooks", webhookId) };
      return { body: { data: { type: "webhookPings", relationships } } } as const;
    };
    return this.#operations.call("webhookPings_createInstance", request, options);
  }

  /**
   * Lists what Apple sent to a webhook in the last ten days or so, in no order. Give a date filter, and
   * `include: ["event"]` for the notifications themselves.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-webhooks-_id_-deliveries
   */
  listDeliveries(
    webhookId: string,
    query?: ListDeliveriesQuery,
    options?: CallOptions,
  ): ListOf<WebhookDeliveriesResponse> {
    return this.#operations.list("webhooks_deliveries_getToManyRelated", { id: webhookId, query }, options);
  }

  /**
   * Has Apple send a delivery again. The document is the new delivery.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/post-v1-webhookdeliveries
   */
  redeliver(deliveryId: string, options?: CallOptions): ApiCall<WebhookDeliveryResponse> {
    const request = () => {
      const relationships = { template: toOne("deliveryId", "webhookDeliveries", deliveryId) };
      return { body: { data: { type: "webhookDeliveries", relationships } } } as const;
    };
    return this.#operations.call("webhookDeliveries_createInstance", request, options);
  }
}

/** A URL as Apple may return it: with a slash after a host without a path, and the host in lower case. */
function normalized(url: string | undefined): string | undefined {
  return parseUrl(url)?.href ?? url;
}
