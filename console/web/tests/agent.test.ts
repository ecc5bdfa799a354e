import { expect, it } from "vitest";

import { agentName } from "../src/factors/agent";
import { spaced } from "../src/factors/factor";

const PHONE = "Mozilla/5.0 (Linux; Android 14; V2241A) AppleWebKit/537.36 (KHTML, like Gecko)";
it.each([
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox 128 · Windows"],
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0", "Edge 126 · Windows"],
  [`${PHONE} Chrome/126.0.0.0 Mobile Safari/537.36`, "Chrome 126 · Android"],
  [`${PHONE} Version/4.0 Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0.49`, "WeChat 8 · Android"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1", "Safari 17 · iOS"],
  ["curl/8.5.0", "curl/8.5.0"],
  ["", ""],
])("reads %s", (agent, name) => {
  expect(agentName(agent)).toBe(name);
});

it("groups a key by four", () => {
  expect(spaced("ABCDEFGHIJ")).toBe("ABCD EFGH IJ");
});
