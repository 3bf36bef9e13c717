const parts = {
  core: () => import("./core.js").then((part) => part.core()),
  ingest: () => import("./ingest.js").then((part) => part.ingest()),
};
const args = globalThis.process.argv.slice(2);
for (const name of args) await parts[name]();
console.log("done");
