// The package from CommonJS, where Node can require ESM.
const { createClient } = require("app-store-alternative-distribution");
if (typeof createClient !== "function") throw new Error("require() gives no createClient");
