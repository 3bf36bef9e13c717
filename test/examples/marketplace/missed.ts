/** Scheduled: asks Apple for notifications that did not arrive, and handles them as if they came now. */
import { missedNotifications } from "app-store-alternative-distribution/notifications";
import type { Context } from "./context.js";
import { handleEvent } from "./notifications.js";
import type { Job } from "./queue.js";

export async function runMissedJob(context: Context, job: Job, signal: AbortSignal): Promise<void> {
  const { database, queue, client, webhookId } = context;
  if (webhookId !== undefined) {
    // 10 minutes more than needed: Apple may list a delivery some time after it was sent.
    const [from] = await database.sql<{ since: Date; now: Date }>`select now(), coalesce((select read_at
      from marketplace.missed where webhook_id = ${webhookId}), now() - interval '9 days') - interval '10 minutes' as since`;
    // Apple's list goes back ten days. What is older is found by reconciling.
    const options = { webhookId, since: from?.since ?? new Date(), allowGap: true, signal };
    for await (const event of missedNotifications(client, options)) {
      await handleEvent(context, event);
      await queue.renew(database, job);
    }
    await database.sql`insert into marketplace.missed (webhook_id, read_at) values (${webhookId}, ${from?.now})
      on conflict (webhook_id) do update set read_at = excluded.read_at`;
  }
  await queue.complete(database, job);
}
