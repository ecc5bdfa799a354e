import { describe, expect, it } from "vitest";

import { Problem } from "@/api/client";
import { read } from "@/footage_exports/export";

const ready = { state: "ready", number: "EX-1", file: "EX-1.zip", bytes: 5, sha256: "ab", copy_sha256: "cd" };
const lines = (...told: object[]): string => told.map((one) => `${JSON.stringify(one)}\n`).join("");
/** In pieces of so many bytes. */
function flow(text: string, size: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
      controller.close();
    },
  });
}

describe("an export's answer", () => {
  it.each([1, 3, 7, 4096])("is lines and then the file, in pieces of %i bytes", async (size) => {
    const shares: number[] = [];
    const text = lines({ state: "waiting" }, { state: "making", share: 0.5 }, { state: "making", share: 1 }, ready) + "a\nb\nc";
    const found = await read(flow(text, size), (share) => shares.push(share));
    expect(shares).toEqual([0.5, 1]);
    expect(found.ready.file).toBe("EX-1.zip");
    expect(await found.data.text()).toBe("a\nb\nc");
  });
  it("says why it is refused", async () => {
    const refused = { state: "refused", key: "evidence.altered", detail: "not the file", values: {} };
    await expect(read(flow(lines({ state: "waiting" }, refused), 9), () => undefined)).rejects.toMatchObject({ key: "evidence.altered", detail: "not the file" });
  });
  it.each([lines({ state: "waiting" }), lines(ready) + "abcd", lines(ready)])("that breaks off is no file", async (text) => {
    await expect(read(flow(text, 4), () => undefined)).rejects.toBeInstanceOf(Problem);
  });
});
