import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { ACCESS_KEY } from "../support/s3/requests.js";
import { S3_FAULTS, startS3Server } from "../support/s3-server.js";
import { openAccount } from "./support/account.js";
import { adp } from "./support/adp.js";

/** A bucket whose credentials are in the environment, as the SDK reads them, and a package version. */
async function openBucket() {
  const account = await openAccount();
  const server = await startS3Server();
  vi.stubEnv("AWS_ACCESS_KEY_ID", ACCESS_KEY);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "fake-secret");
  vi.stubEnv("AWS_REGION", "us-east-1");
  const { id } = account.sandbox.addAppStoreVersion({ variants: 2 });
  const { versionId } = account.sandbox.publishVersion(id);
  const endpoint = ["--endpoint", server.url];
  const ingest = (place: string, ...more: string[]) =>
    adp([
      "ingest",
      place,
      "--version-id",
      versionId,
      ...more,
      ...account.trust,
      ...account.flags,
      ...endpoint,
    ]);
  return { ...account, server, endpoint, ingest };
}

test("ingest, verify and remove work in a bucket", async () => {
  const { server, endpoint, ingest, trust } = await openBucket();
  const place = `s3://${server.bucketName}/packages/1`;
  const blobs = `s3://${server.bucketName}/private/1`;
  const ingested = await ingest(place, "--key-blob-file", blobs);
  expect(ingested).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^s3:\S+\/packages\/1\/: version /),
  });
  expect(server.bucket.keys("private/")).toEqual(["private/1/key-blobs.json"]);
  const copied = await ingest(`s3://${server.bucketName}/packages/2/`, "--reuse", place);
  expect(copied.stdout).toContain("2 assets (2 reused)");

  expect(await adp(["verify", place, ...trust, ...endpoint])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`${place}: valid`),
  });
  const remove = ["remove", place, ...endpoint];
  expect(await adp(remove)).toMatchObject({ code: 0, stdout: `${place}: removed\n` });
  expect(await adp(remove)).toMatchObject({
    code: 0,
    stdout: `${place}: nothing to remove, the prefix is empty\n`,
  });
  expect(server.bucket.keys("packages/1/")).toEqual([]);
  expect(await adp(["verify", place, ...trust, ...endpoint])).toMatchObject({ code: 3 });
});

test("a wrong bucket, place or endpoint is named", async () => {
  const { folder, endpoint, ingest } = await openBucket();
  for (const [place, code, message] of [
    ["s3://wrong/packages/1", 1, "the bucket does not exist"],
    ["S3://wrong/packages/1", 1, "the bucket does not exist"],
    ["s3:///packages/1", 2, "<directory>: expected s3://bucket/prefix"],
    ["s3:b/p", 2, "<directory>: expected s3://bucket/prefix"],
    ["s3://b p/q", 2, "<directory>: expected s3://bucket/prefix"],
    ["s3://b/p//q", 2, "<directory>: expected s3://bucket/prefix, such as s3://packages/1234"],
    ["s3://b/p/..", 2, "<directory>: expected s3://bucket/prefix, such as"],
    ["https://example.com/p", 2, "<directory>: expected a path or s3://bucket/prefix, got another URL"],
  ] as const) {
    expect(await ingest(place)).toMatchObject({ code, stderr: expect.stringContaining(message) });
  }
  expect(await adp(["verify", "s3://b/p", "--endpoint", "localhost"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--endpoint: expected the URL of the store"),
  });
  // Without s3://, the flag has no effect.
  expect(await adp(["verify", join(folder, "none"), ...endpoint])).toMatchObject({ code: 3 });
});

test.each(["ingest", "verify", "remove", "altstore"])(
  "%s does not show a password in a URL",
  async (command) => {
    for (const place of ["s3://user:password@bucket/p", "https://user:password@example.com/p"]) {
      const { code, stdout, stderr } = await adp([command, place, "--json"]);
      expect(code).toBe(2);
      expect(stdout + stderr).not.toContain("password@");
    }
  },
);

test("the help says how a bucket is named, and by which command", async () => {
  expect((await adp(["--help"])).stdout).toContain("adp ingest s3://packages/1234");
  for (const command of ["ingest", "verify", "remove"]) {
    const { stdout } = await adp([command, "--help"]);
    expect(stdout).toContain("s3://bucket/prefix");
    expect(stdout).toMatch(/--endpoint <url> +with s3:\/\/: the URL of a store other than AWS's/);
    expect(stdout).toContain(`adp ${command} s3://packages/1234`);
  }
});

test("what the store refuses is one line, without a key or a stack", async () => {
  const { server, endpoint, trust, ingest } = await openBucket();
  const place = `s3://${server.bucketName}/packages/1`;
  server.onRequest = () => S3_FAULTS.denied;
  const refused = "permission denied for ListObjectsV2. Allow s3:ListBucket in the policy";
  for (const { code, stderr } of [
    await ingest(place),
    await adp(["verify", place, ...trust, ...endpoint]),
    await adp(["remove", place, ...endpoint]),
  ]) {
    expect(code).toBe(1);
    expect(stderr).toContain(refused);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).not.toMatch(/fake-|X-Amz/i);
  }
});
