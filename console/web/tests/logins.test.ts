import { describe, expect, it } from "vitest";

import { bare, hostOf, splitLogin } from "../src/cameras/login";
import { addressesOf, type Maker } from "../src/cameras/makers";

describe("an address that was pasted", () => {
  it.each([
    ["rtsp://admin:geheim@10.0.0.1:554/x", "rtsp://10.0.0.1:554/x", "admin", "geheim"],
    ["rtsp://admin:ge/h#ei?m@10.0.0.1/x", "rtsp://10.0.0.1/x", "admin", "ge/h#ei?m"],
    ["rtsp://admin:ge@h:eim@10.0.0.1/x", "rtsp://10.0.0.1/x", "admin", "ge@h:eim"],
    ["rtsp://admin:ge%2Fh%40im@10.0.0.1/x", "rtsp://10.0.0.1/x", "admin", "ge/h@im"],
    ["rtsp://admin:50%@10.0.0.1/x", "rtsp://10.0.0.1/x", "admin", "50%"],
    ["rtsp://管理员:密码%E4%B8%AD@10.0.0.1/x", "rtsp://10.0.0.1/x", "管理员", "密码中"],
    ["rtsp://admin:a/b@camera/x", "rtsp://camera/x", "admin", "a/b"],
    ["rtsp://admin:a/b@[fe80::1]:554/x", "rtsp://[fe80::1]:554/x", "admin", "a/b"],
    ["rtsp://admin@cam.lan/x", "rtsp://cam.lan/x", "admin", ""],
    ["rtsp://admin:geheim@10.0.0.1/cam@2/x", "rtsp://10.0.0.1/cam@2/x", "admin", "geheim"],
  ])("%s is split by itself", (url, without, user, password) => {
    expect(splitLogin(url)).toEqual({ url: without, user, password });
  });

  it.each(["rtsp://10.0.0.1/x", "rtsp://10.0.0.1/cam@2/x", "rtsp://***@10.0.0.1/x", "10.0.0.1", "", "rtsp://a:b/c@10.0.0.1/x@10.0.0.2/y", `rtsp://${"@".repeat(101)}`])(
    "%s stays as it is", (url) => expect(splitLogin(url)).toBeNull());

  it("is shown without its mask, and its host is read", () => {
    expect(bare("rtsp://***@10.0.0.1/x")).toBe("rtsp://10.0.0.1/x");
    expect([hostOf("rtsp://***@CAM.lan:554/x"), hostOf("rtsp://[fe80::1]/x"), hostOf("x")]).toEqual(["cam.lan", "[fe80::1]", ""]);
  });
});

describe("addresses by template", () => {
  const maker: Maker = { id: "m", zh: "", en: "", main: "/a/{channel}01", sub: "/b/{channel:02}", port: 554 };
  it.each([
    ["10.0.0.1", 554, 3, "rtsp://10.0.0.1:554/a/301", "rtsp://10.0.0.1:554/b/03"],
    ["fe80::1", 8554, 12, "rtsp://[fe80::1]:8554/a/1201", "rtsp://[fe80::1]:8554/b/12"],
  ])("%s:%i channel %i", (host, port, channel, url, sub_url) => {
    expect(addressesOf(maker, host, port, channel)).toEqual({ url, sub_url });
  });
  it.each(["", "a b", "10.0.0.1/x", "u:p@h", "h:5"])("`%s` is no host", (host) => expect(addressesOf(maker, host, 554, 1)).toBeNull());
});
