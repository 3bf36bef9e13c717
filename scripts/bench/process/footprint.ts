// Prints what importing the packages named on the command line costs this process: ms, and bytes of resident memory.
const start = performance.now();
for (const name of process.argv.slice(2)) await import(name);
const milliseconds = performance.now() - start;
console.log(JSON.stringify({ milliseconds, bytes: process.memoryUsage.rss() }));
