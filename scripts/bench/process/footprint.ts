// Imports the packages named on the command line, and prints how many ms that took and the bytes of resident memory.
const start = performance.now();
for (const name of process.argv.slice(2)) await import(name);
const milliseconds = performance.now() - start;
console.log(JSON.stringify({ milliseconds, bytes: process.memoryUsage.rss() }));
