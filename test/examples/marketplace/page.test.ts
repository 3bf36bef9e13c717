import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { listen } from "./listen.js";
import type { Overview } from "./overview.js";
import { renderPage } from "./page.js";
import { setUp } from "./test-support.js";

const browserPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  existsSync,
);

let browser: Browser | undefined;
afterAll(() => browser?.close());

/** A browser as wide as a small phone. Notes what the page reports. */
async function open(url: string): Promise<{ readonly page: Page; readonly errors: string[] }> {
  browser ??= await chromium.launch({ executablePath: browserPath ?? "" });
  const page = await browser.newPage({ viewport: { width: 360, height: 740 } });
  const errors: string[] = [];
  page.on("pageerror", ({ message }) => errors.push(message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("dialog", (dialog) => errors.push(dialog.message()));
  await page.goto(url);
  return { page, errors };
}

test("every value on the page is escaped", async () => {
  const value = `<script>alert(1)</script>"'&`;
  const problem = { reason: value, message: value, nextStep: value, kind: "give up" as const, seconds: 1 };
  const row = { id: value, title: value, state: value };
  const overview: Overview = {
    ...{ served: 1, total: 2, problems: 1, jobs: 1 },
    packages: [{ ...row, bytes: 1, bytesTotal: 2, problem }],
    limits: [{ limit: 3_500, remaining: 12, pause: 30 }],
  };
  const text = await renderPage(overview).text();
  expect(text.match(/<script>/g)).toHaveLength(1);
  expect(text).not.toContain(`"'&`);
  expect(text).toContain("12 of 3500 calls left in this hour; calls are made again in 30 s");
});

describe.skipIf(browserPath === undefined)("in a browser (Debian: apt-get install chromium)", () => {
  test("the page follows what happens, fits on a phone, and a package can be tried again", async () => {
    const { sandbox, created, idle, handle, database } = await setUp(undefined);
    const server = await listen(handle, 0);
    onTestFinished(async () => void (await server.close()));
    const { page, errors } = await open(`${server.url}/`);
    expect(await page.textContent("main")).toContain("0 of 0 packages served");

    const bundleId = `org.example.${"long-".repeat(12)}<b>name</b>`;
    const { packageId, versionId } = sandbox.publishVersion(sandbox.addAppStoreVersion({ bundleId }).id);
    const fault = sandbox.faults.add({ path: versionId, signature: "invalid" });
    await created(versionId);
    const item = page.locator(`[id="${packageId}"]`);
    await item.getByText("given up").waitFor();
    expect(await item.textContent()).toContain("Next step:");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);

    fault.remove();
    await item.getByRole("button", { name: "Try again" }).click();
    await item.getByText("served").waitFor();
    await idle();
    expect(await item.locator("strong").textContent()).toContain("<b>name</b>");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/served.png` });
    expect(await database.sql`select * from marketplace.served`).toHaveLength(1);
    expect(errors).toEqual([]);

    await server.close();
    await page.getByText("The marketplace does not answer.").waitFor();
  });

  test("its colours can be read: contrast of at least 4.5 in both schemes", async () => {
    const { publish, created, idle, handle } = await setUp(undefined);
    await created(publish().versionId);
    await idle();
    const server = await listen(handle, 0);
    onTestFinished(async () => void (await server.close()));
    const { page } = await open(`${server.url}/`);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const colours = await page.evaluate(() => {
        const back = getComputedStyle(document.body).backgroundColor;
        return ["h1", ".state", ".id"].map((selector) => {
          const element = document.querySelector(selector);
          return [element ? getComputedStyle(element).color : "", back];
        });
      });
      for (const [text = "", back = ""] of colours)
        expect(contrast(text, back), colorScheme).toBeGreaterThan(4.5);
    }
  });
});

/** As WCAG defines it. */
function contrast(first: string, second: string): number {
  const [dark = 0, light = 0] = [luminance(first), luminance(second)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/\d+/g) ?? []).map((part) => {
    const value = Number(part) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
