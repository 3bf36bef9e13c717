import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import {
  NotificationBodyError,
  NotificationSignatureError,
  verifyNotification,
} from "../../src/notifications/index.js";
import { ping, versionCreated } from "./samples.js";
import { secret, sign } from "./support.js";

const body = JSON.stringify(versionCreated);
const bytes = new TextEncoder().encode(body);
const signature = sign(body);
const digest = signature.slice("hmacsha256=".length);

describe("the example Apple publishes", () => {
  const published = {
    body: "Hello, World!",
    signature: "hmacsha256=7f062172b01cb00b53ca068614674a3d982a34062a0f5d37687d5e3377e54657",
    secret: "This is my secret",
  };

  test("is signed, and is no notification", async () => {
    await expect(verifyNotification(published)).rejects.toThrow(NotificationBodyError);
  });

  test("is not signed any more with one letter changed", async () => {
    const changed = { ...published, body: "hello, World!" };
    await expect(verifyNotification(changed)).rejects.toThrow(NotificationSignatureError);
  });
});

describe("the header", () => {
  test.each([
    ["as Apple writes it", signature],
    ["in capitals", signature.toUpperCase()],
    ["in mixed case", `HmacSHA256=${digest.toUpperCase()}`],
    ["between spaces", `  ${signature} \t`],
  ])("is accepted %s", async (_, header) => {
    await expect(verifyNotification({ body, signature: header, secret })).resolves.toMatchObject({
      id: versionCreated.data.id,
    });
  });

  test.each([
    ["missing (null)", null],
    ["missing (undefined)", undefined],
    ["empty", ""],
    ["without its prefix", digest],
    ["with another prefix", `sha256=${digest}`],
    ["one digit short", signature.slice(0, -1)],
    ["one byte short", signature.slice(0, -2)],
    ["one digit long", `${signature}0`],
    ["one byte long", `${signature}00`],
    ["a prefix and nothing", "hmacsha256="],
    ["not hexadecimal", `hmacsha256=${"g".repeat(64)}`],
    ["with a sign among the digits", `hmacsha256=${"+f".repeat(32)}`],
    ["with a space among the digits", `${signature.slice(0, 40)} ${signature.slice(40)}`],
    ["sent twice", `${signature}, ${signature}`],
    ["of another secret", sign(body, "another secret")],
    ["all zeros", `hmacsha256=${"0".repeat(64)}`],
  ])("is refused when %s", async (_, header) => {
    await expect(verifyNotification({ body, signature: header, secret })).rejects.toThrow(
      NotificationSignatureError,
    );
  });
});

test("a digest is not filled up with the zeros it ends in", async () => {
  const ofNumber = (number: number) => JSON.stringify({ data: { type: "new", id: `${number}` } });
  let number = 0;
  while (!sign(ofNumber(number)).endsWith("00")) number++;
  const whole = { body: ofNumber(number), signature: sign(ofNumber(number)), secret };
  await expect(verifyNotification(whole)).resolves.toBeDefined();
  const short = { ...whole, signature: whole.signature.slice(0, -2) };
  await expect(verifyNotification(short)).rejects.toThrow(NotificationSignatureError);
});

describe("the body", () => {
  test("is taken as text and as bytes", async () => {
    const fromText = await verifyNotification({ body, signature, secret });
    expect(await verifyNotification({ body: bytes, signature, secret })).toEqual(fromText);
    expect(await verifyNotification({ body: Buffer.from(body), signature, secret })).toEqual(fromText);
  });

  test("is taken from a view into a larger buffer", async () => {
    const larger = new Uint8Array(bytes.length + 20).fill(7);
    larger.set(bytes, 10);
    const view = larger.subarray(10, 10 + bytes.length);
    await expect(verifyNotification({ body: view, signature, secret })).resolves.toBeDefined();
  });

  test("fails with any one byte changed", async () => {
    for (let index = 0; index < bytes.length; index++) {
      const changed = new Uint8Array(bytes);
      changed[index] = (changed[index] ?? 0) ^ 1;
      await expect(verifyNotification({ body: changed, signature, secret }), `byte ${index}`).rejects.toThrow(
        NotificationSignatureError,
      );
    }
  });

  test("fails with a byte order mark that was not signed, in bytes and in text", async () => {
    const marked = `\uFEFF${body}`;
    for (const each of [marked, new TextEncoder().encode(marked)]) {
      await expect(verifyNotification({ body: each, signature, secret })).rejects.toThrow(
        NotificationSignatureError,
      );
    }
  });

  test("fails without the byte order mark that was signed, and is read with it", async () => {
    const marked = `\uFEFF${body}`;
    await expect(verifyNotification({ body, signature: sign(marked), secret })).rejects.toThrow(
      NotificationSignatureError,
    );
    await expect(
      verifyNotification({ body: marked, signature: sign(marked), secret }),
    ).resolves.toMatchObject({
      type: versionCreated.data.type,
    });
  });

  test("fails with half a surrogate pair, though it encodes to the signed bytes", async () => {
    const signed = JSON.stringify({ data: { type: "x", id: "\uFFFD" } });
    const broken = signed.replace("\uFFFD", "\uD800");
    expect(new TextEncoder().encode(broken)).toEqual(new TextEncoder().encode(signed));
    await expect(verifyNotification({ body: broken, signature: sign(signed), secret })).rejects.toThrow(
      NotificationSignatureError,
    );
  });

  test("may hold characters beyond the first plane", async () => {
    const text = JSON.stringify({ data: { type: "x", id: "1", emoji: "🚀" } });
    await expect(verifyNotification({ body: text, signature: sign(text), secret })).resolves.toMatchObject({
      document: { data: { emoji: "🚀" } },
    });
  });

  test.each([
    ["an object", versionCreated],
    ["null", null],
    ["undefined", undefined],
    ["an ArrayBuffer", bytes.buffer],
    ["a list of bytes", [...bytes]],
  ])("is a TypeError that explains why when it is %s", async (_, parsed) => {
    const refused = verifyNotification({
      // @ts-expect-error a parsed body is not the bytes that were signed
      body: parsed,
      signature,
      secret,
    });
    await expect(refused).rejects.toThrow(TypeError);
    await expect(refused).rejects.toThrow(/raw body.*signature covers the bytes/);
  });
});

describe("the secret", () => {
  test("may be one of several while it is replaced", async () => {
    for (const secrets of [
      [secret, "the next"],
      ["the last", secret],
    ]) {
      await expect(verifyNotification({ body, signature, secret: secrets })).resolves.toBeDefined();
    }
    await expect(verifyNotification({ body, signature, secret: ["the last", "the next"] })).rejects.toThrow(
      NotificationSignatureError,
    );
  });

  test("may change from call to call", async () => {
    for (let index = 0; index < 40; index++) {
      const own = `secret ${index}`;
      await expect(
        verifyNotification({ body, signature: sign(body, own), secret: own }),
      ).resolves.toBeDefined();
      await expect(verifyNotification({ body, signature, secret: own })).rejects.toThrow(
        NotificationSignatureError,
      );
    }
  });

  test("may be any text", async () => {
    for (const own of ["ключ 🔑", " ", "x".repeat(1000)]) {
      await expect(
        verifyNotification({ body, signature: sign(body, own), secret: own }),
      ).resolves.toBeDefined();
    }
  });

  test.each([
    ["empty", ""],
    ["an empty list", []],
    ["a list with an empty one", [secret, ""]],
    ["missing", undefined],
    ["a list with a missing one", [undefined]],
    ["bytes", bytes],
  ])("is a TypeError when it is %s", async (_, wrong) => {
    const refused = verifyNotification({
      body,
      signature,
      // @ts-expect-error some of these are no secret to TypeScript either
      secret: wrong,
    });
    await expect(refused).rejects.toThrow(TypeError);
    await expect(refused).rejects.toThrow('"secret"');
  });
});

test("no error says the secret or the digest that would have matched", async () => {
  const failures = [
    { body, signature: sign(body, "another"), secret },
    { body, signature: digest, secret },
    { body: `${body} `, signature, secret },
    { body: "not json", signature: sign("not json"), secret },
    {
      body: JSON.stringify(ping).replace("id", "di"),
      signature: sign(JSON.stringify(ping).replace("id", "di")),
      secret,
    },
    { body, signature, secret: [secret, ""] },
  ];
  for (const failure of failures) {
    const error: unknown = await verifyNotification(failure).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    const printed = inspect(error, { depth: null, showHidden: true });
    expect(printed).not.toContain(secret);
    expect(printed).not.toContain(sign(failure.body).slice("hmacsha256=".length));
  }
});

test("the two errors have names to tell them apart without instanceof", () => {
  expect(new NotificationSignatureError().name).toBe("NotificationSignatureError");
  expect(new NotificationBodyError().name).toBe("NotificationBodyError");
});
