import { describe, expect, it, vi } from "vitest";

import { Problem } from "../src/api/client";
import { useForm } from "../src/ui/form";

const refusal = new Problem(409, "x.held", "甲正在处理");

describe("a form", () => {
  it("is busy while it is sent, and sends once however often it is asked", async () => {
    const form = useForm();
    let taken: () => void = () => undefined;
    const work = vi.fn(() => new Promise<void>((then) => (taken = then)));
    const first = form.send(work);
    expect(form.busy.value).toBe(true);
    expect(await form.send(work)).toBe(false);
    taken();
    expect([await first, form.busy.value, work.mock.calls.length]).toEqual([true, false, 1]);
  });
  it("says why it was refused until it is sent again, and tells who asked", async () => {
    const form = useForm();
    const heard = vi.fn();
    expect(await form.send(() => Promise.reject(refusal), heard)).toBe(false);
    expect([form.wrong.value, form.busy.value, heard.mock.calls]).toEqual(["甲正在处理", false, [[refusal]]]);
    const again = form.send(() => Promise.resolve());
    expect(form.wrong.value).toBe("");
    expect(await again).toBe(true);
  });
  it("tells a refusal elsewhere where it is asked to", async () => {
    const toast = vi.fn();
    const form = useForm(toast);
    await form.send(() => Promise.reject(refusal));
    expect([form.wrong.value, toast.mock.calls]).toEqual(["", [[refusal]]]);
  });
});
