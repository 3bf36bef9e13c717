/**
 * The page for those who run the marketplace. It is made here as text; the only script fetches it again every two seconds
 * and replaces what is shown. Every value goes through `html`, which escapes it: a developer can put anything into an app's name.
 */
import { createHash } from "node:crypto";
import type { Overview, PackageRow } from "./overview.js";

/** Text that is HTML already. */
class Html extends String {}

type Value = string | number | Html | readonly Html[] | false | undefined;

function html(parts: TemplateStringsArray, ...values: Value[]): Html {
  return new Html(parts.reduce((text, part, index) => text + toHtml(values[index - 1]) + part));
}

function toHtml(value: Value): string {
  if (typeof value === "object") return value instanceof Html ? `${value}` : value.join("");
  const text = value === undefined || value === false ? "" : String(value);
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const STYLE = `
  body { font: 16px/1.4 system-ui, sans-serif; margin: 0 auto; padding: 1rem; max-width: 60rem; color: #1c1c1e; background: #fff }
  h1 { font-size: 1.4rem } p { margin: .3rem 0 } progress { width: 100% } button { font: inherit; padding: .3rem .8rem }
  ul { list-style: none; padding: 0 } li { border: 1px solid #c7c7cc; border-radius: .5rem; padding: .6rem .8rem; margin: .5rem 0 }
  li.problem { border-color: #c5221f; border-width: 2px } .id { color: #636366; font-size: .85rem; overflow-wrap: anywhere }
  .state { float: right; margin-left: .5rem; font-weight: 600 } li p { overflow-wrap: anywhere }
  @media (prefers-color-scheme: dark) { body { color: #f2f2f7; background: #1c1c1e } .id { color: #aeaeb2 } }`;

const SCRIPT = `
  setInterval(async () => {
    const answer = await fetch(location.href).catch(() => undefined);
    const text = answer?.ok ? await answer.text() : undefined;
    document.querySelector("#stale").hidden = text !== undefined;
    if (text === undefined) return;
    const page = new DOMParser().parseFromString(text, "text/html");
    document.querySelector("main").replaceWith(page.querySelector("main"));
  }, 2000);`;

const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy": `default-src 'none'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; script-src ${hash(SCRIPT)}; style-src ${hash(STYLE)}`,
};

export function renderPage({ served, total, problems, jobs, packages, limits }: Overview): Response {
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Marketplace</title><style>${new Html(STYLE)}</style></head><body>
<h1>Marketplace</h1>
<p id="stale" role="alert" hidden>The marketplace does not answer. What you see may be old.</p>
<main>
<p>${served} of ${total} packages served. Jobs: ${jobs}. Problems: ${problems}.</p>
${limits.map(limitLine)}
<ul>${packages.map(packageItem)}</ul>
${packages.length < total && html`<p>These are the first ${packages.length}.</p>`}
</main><script>${new Html(SCRIPT)}</script></body></html>`;
  return new Response(`${page}`, { headers: HEADERS });
}

function limitLine({ limit, remaining, pause }: Overview["limits"][number]): Html {
  const hour = limit === null ? "unknown yet" : `${remaining} of ${limit} calls left in this hour`;
  return html`<p>Apple's API: ${hour}${pause > 0 && `; calls are made again in ${pause} s`}.</p>`;
}

function packageItem({ id, title, state, bytes, bytesTotal, problem }: PackageRow): Html {
  const megabytes = (count: number) => `${(count / 1e6).toFixed(1)} MB`;
  const progress = html`<p><progress max="${bytesTotal}" value="${bytes}"></progress> ${megabytes(bytes)} of ${megabytes(bytesTotal)}</p>`;
  const retry = html`<form method="post" action="/packages/${id}/retry"><button>Try again</button></form>`;
  return html`<li class="${problem ? "problem" : ""}" id="${id}"><span class="state">${state}</span>
<strong>${title}</strong><p class="id">${id}</p>
${bytesTotal > 0 && progress}
${problem ? html`<p>${problem.reason}: ${problem.message}</p><p><strong>Next step:</strong> ${problem.nextStep}</p>` : ""}
${problem?.kind === "give up" && retry}</li>
`;
}
