import { inspect } from "node:util";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import {
  NotificationBodyError,
  NotificationSignatureError,
  verifyNotification,
} from "../../src/notifications/index.js";
import { packageId, ping, versionCreated, versionId } from "./samples.js";
import { secret, sign } from "./support.js";

const body = JSON.stringify(versionCreated);
const bytes = new TextEncoder().encode(body);
const signature = sign(body);
const verifyForReal = crypto.subtle.verify.bind(crypto.subtle);
const digest = signature.slice("hmacsha256=".length);

describe("the example that Apple publishes", () => {
  const published = {
    body: "Hello, World!",
    signature: "hmacsha256=7f062172b01cb00b53ca068614674a3d982a34062a0f5d37687d5e3377e54657",
    secret: "This is my secret",
  };

  test("has a correct signature, but is not a notification", async () => {
    await expect(verifyNotification(published)).rejects.toThrow(NotificationBodyError);
  });

  test("has a wrong signature after one letter is changed", async () => {
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
    ["only a prefix", "hmacsha256="],
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

test("a digest without its last zeros is refused", async () => {
  const ofNumber = (number: number) => JSON.stringify({ data: { type: "new", id: `${number}` } });
  let number = 0;
  while (!sign(ofNumber(number)).endsWith("00")) number++;
  const whole = { body: ofNumber(number), signature: sign(ofNumber(number)), secret };
  await expect(verifyNotification(whole)).resolves.toBeDefined();
  const short = { ...whole, signature: whole.signature.slice(0, -2) };
  await expect(verifyNotification(short)).rejects.toThrow(NotificationSignatureError);
});

describe("the body", () => {
  test("may be a string or bytes", async () => {
    const fromText = await verifyNotification({ body, signature, secret });
    expect(await verifyNotification({ body: bytes, signature, secret })).toEqual(fromText);
    expect(await verifyNotification({ body: Buffer.from(body), signature, secret })).toEqual(fromText);
  });

  test("may be a view into a larger buffer", async () => {
    const larger = new Uint8Array(bytes.length + 20).fill(7);
    larger.set(bytes, 10);
    const view = larger.subarray(10, 10 + bytes.length);
    await expect(verifyNotification({ body: view, signature, secret })).resolves.toBeDefined();
  });

  test("is copied, so the caller may reuse the buffer after the call", async () => {
    const buffer = Uint8Array.from(bytes);
    const verified = verifyNotification({ body: buffer, signature, secret });
    buffer.fill(0x20);
    expect((await verified).document).toEqual(versionCreated);
  });

  test("is copied, so bytes that change after the check are not read", async () => {
    const buffer = Uint8Array.from(bytes);
    const forged = new TextEncoder().encode(body.replace(versionId, packageId));
    expect(forged).toHaveLength(buffer.length);
    const verify = vi.spyOn(crypto.subtle, "verify").mockImplementation(async (...args) => {
      const isSigned = await verifyForReal(...args);
      buffer.set(forged);
      return isSigned;
    });
    onTestFinished(() => verify.mockRestore());
    const event = await verifyNotification({ body: buffer, signature, secret });
    expect(verify).toHaveBeenCalledOnce();
    expect(event).toMatchObject({ versionId });
  });

  test("fails if any single byte is changed", async () => {
    for (let index = 0; index < bytes.length; index++) {
      const changed = new Uint8Array(bytes);
      changed[index] = (changed[index] ?? 0) ^ 1;
      await expect(verifyNotification({ body: changed, signature, secret }), `byte ${index}`).rejects.toThrow(
        NotificationSignatureError,
      );
    }
  });

  test("fails with a byte order mark that was not signed, as bytes and as a string", async () => {
    const marked = `\uFEFF${body}`;
    for (const each of [marked, new TextEncoder().encode(marked)]) {
      await expect(verifyNotification({ body: each, signature, secret })).rejects.toThrow(
        NotificationSignatureError,
      );
    }
  });

  test("fails if a signed byte order mark is missing, and is read if it is there", async () => {
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

  test("fails with an unpaired surrogate, although it encodes to the signed bytes", async () => {
    const signed = JSON.stringify({ data: { type: "x", id: "\uFFFD" } });
    const broken = signed.replace("\uFFFD", "\uD800");
    expect(new TextEncoder().encode(broken)).toEqual(new TextEncoder().encode(signed));
    await expect(verifyNotification({ body: broken, signature: sign(signed), secret })).rejects.toThrow(
      NotificationSignatureError,
    );
  });

  test("may have characters beyond U+FFFF", async () => {
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
  ])("is a TypeError with the reason if it is %s", async (_, parsed) => {
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
  test("may be one of several, while you replace one", async () => {
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

  test("may be any non-empty string", async () => {
    for (const own of ["ключ 🔑", " ", "x".repeat(1000)]) {
      await expect(
        verifyNotification({ body, signature: sign(body, own), secret: own }),
      ).resolves.toBeDefined();
    }
  });

  test.each([
    ["empty", ""],
    ["an empty list", []],
    ["a list with an empty string", [secret, ""]],
    ["one with a line end of a file", `${secret}\n`],
    ["one with a line end of Windows, in a list", [secret, `${secret}\r\n`]],
    ["one with a byte order mark", `\uFEFF${secret}`],
    ["missing", undefined],
    ["a list with undefined", [undefined]],
    ["bytes", bytes],
  ])("is a TypeError if it is %s", async (_, wrong) => {
    const refused = verifyNotification({
      body,
      signature,
      // @ts-expect-error TypeScript refuses some of these too
      secret: wrong,
    });
    await expect(refused).rejects.toThrow(TypeError);
    await expect(refused).rejects.toThrow(/^secret: expected /);
    await expect(refused).rejects.not.toThrow(secret);
  });
});

test("no error shows the secret or the expected digest", async () => {
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

test("the two errors have a name, so instanceof is not needed", () => {
  expect(new NotificationSignatureError().name).toBe("NotificationSignatureError");
  expect(new NotificationBodyError().name).toBe("NotificationBodyError");
});
