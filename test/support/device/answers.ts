import { isObject } from "../../../src/json.js";
import { demand } from "./refusal.js";

const OFFER = ["appleItemId", "appleVersionId", "alternativeDistributionPackage", "installVerificationToken"];

/** The fields that Apple's documentation gives an entry: needed ones, and others that may be there. */
const FIELDS = {
  restores: { needed: OFFER, optional: ["appShareURL"] },
  updates: { needed: [...OFFER, "bundleVersion", "shortVersionString"], optional: ["appShareURL"] },
};

/** @throws DeviceRefusal unless the answer has exactly Apple's form */
export function readAnswer(list: keyof typeof FIELDS, answer: unknown) {
  demand(isObject(answer), "answer", "is no object");
  const { [list]: offers, failures = [], ...others } = answer;
  demand(Object.keys(others).length === 0, "answer", `has ${Object.keys(others)}`);
  demand(Array.isArray(offers) && Array.isArray(failures), "answer", "a list is missing");
  return {
    offers: offers.map((offer) => readOffer(list, offer)),
    failures: failures.map((failure) => readFailure(failure)),
  };
}

function readOffer(list: keyof typeof FIELDS, offer: unknown): Record<string, string> {
  demand(isObject(offer), "answer", "an entry is no object");
  const { needed, optional } = FIELDS[list];
  for (const name of needed) demand(name in offer, "answer", `${name} is missing`);
  const fields: Record<string, string> = {};
  for (const [name, value] of Object.entries(offer)) {
    demand([...needed, ...optional].includes(name), "answer", `${name} is no field of an entry`);
    demand(typeof value === "string" && value !== "", "answer", `${name} is no text`);
    fields[name] = value;
  }
  return fields;
}

function readFailure(entry: unknown): { appleItemId: string; description: string } {
  demand(isObject(entry) && isObject(entry.failure), "answer", "a failure is no object");
  const { appleItemId, failure } = entry;
  const { code, description } = failure;
  demand(typeof appleItemId === "string" && code === 404, "answer", "a failure is not one of Apple's");
  demand(typeof description === "string" && description !== "", "answer", "a failure has no description");
  return { appleItemId, description };
}

/** @throws DeviceRefusal unless the file has what a device needs of it */
export function readConfiguration(configuration: unknown): { restore: string; updates: string } {
  demand(isObject(configuration) && isObject(configuration.updates), "configuration", "has no updates");
  const { restore, updates } = configuration;
  const { url, pollingInterval } = updates;
  for (const each of [restore, url]) {
    demand(typeof each === "string" && each.startsWith("https://"), "configuration", "a URL is not https");
  }
  const isFair = Number.isInteger(pollingInterval) && Number(pollingInterval) >= 24;
  demand(isFair, "configuration", "pollingInterval is not a whole number of hours, 24 or more");
  return { restore: String(restore), updates: String(url) };
}
