import type { Results } from "./results.js";
export async function writeReadme(_results: Results) {}
