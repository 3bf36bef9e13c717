import { expect, test } from "vitest";
import { hasApiKey } from "../../../scripts/support/has-api-key.js";

test.each([
  ["", false],
  [" ", false],
  ["2X9R4HXF34", true],
])("a variable %j: an API key is given: %j", (value, expected) => {
  expect(hasApiKey({ APP_STORE_CONNECT_API_KEY_KEY_ID: value, OTHER: "1" })).toBe(expected);
});
